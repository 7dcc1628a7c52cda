"""Start of the program, before its modules are loaded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import clm

INTERRUPT = """
import signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Interrupting())
{before}
import clm_start
sys.argv = ["clm", {argument!r}]
clm_start.run()
"""


def start(
    module: str, before: str = "", argument: str = "--help"
) -> subprocess.CompletedProcess[str]:
    program = INTERRUPT.format(module=module, before=before, argument=argument)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


@pytest.mark.parametrize("module", ["clm", "attrs", "click", "clm.cli.main"])
def test_interrupted_import_shows_no_traceback(module: str) -> None:
    done = start(module)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


@pytest.mark.skipif(os.name == "nt", reason="nohup")
def test_ignored_interrupt_stays_ignored() -> None:
    done = start("clm", "signal.signal(signal.SIGINT, signal.SIG_IGN)")
    assert done.returncode == 0, done.stderr


def test_program_runs() -> None:
    assert start("no_such_module").stdout.startswith("Usage: clm ")


def test_version_loads_no_module_of_clm() -> None:
    assert start("clm", argument="--version").stdout == f"clm {clm.__version__}\n"
