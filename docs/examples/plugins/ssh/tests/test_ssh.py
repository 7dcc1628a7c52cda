import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve
from clm import UsageError
from clm.testing.backends import BackendContract

from clm_plugin_ssh.backend import SshBackend

# Runs the command here instead of on the machine.
FAKE_SSH = '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift 2\nexec "$@"\n'


class TestContract(BackendContract):
    factory = "clm_plugin_ssh.backend:SshBackend"

    @contextmanager
    def surroundings(self, bench: Any) -> Iterator[Any]:
        ssh = bench.folder / "bin" / "ssh"
        ssh.parent.mkdir()
        ssh.write_text(FAKE_SSH)
        ssh.chmod(0o755)
        bench.context = evolve(bench.context, options={"ssh-host": "me@there"})
        with pytest.MonkeyPatch.context() as patch:
            folders = (ssh.parent, Path(sys.executable).parent, os.environ["PATH"])
            patch.setenv("PATH", os.pathsep.join(map(str, folders)))
            yield bench


@pytest.mark.parametrize("host", ["", "-oProxyCommand=touch"])
def test_host_required(host: str) -> None:
    context: Any = SimpleNamespace(options={"ssh-host": host})
    with pytest.raises(UsageError):
        SshBackend(context)
