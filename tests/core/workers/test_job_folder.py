"""Removal of read-only folders, as an unprivileged user."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

_NOBODY = 65534
_REMOVE = """
import os, pathlib, sys
{drop}
sys.path.insert(0, {source!r})
from clm.workers.folders import remove_tree
base = pathlib.Path(sys.argv[1])
inner = base / "locked" / "inner"
inner.mkdir(parents=True)
(inner / "file").write_text("x")
(inner / "file").chmod(0o400)
inner.chmod(0o500)
inner.parent.chmod(0)
remove_tree(base)
print(base.exists())
"""


@pytest.mark.skipif(os.name == "nt", reason="folders are never read-only on Windows")
def test_unreadable_folders_removed(tmp_path: Path) -> None:
    import clm

    tmp_path.chmod(0o777)
    for parent in tmp_path.relative_to(tempfile.gettempdir()).parents[:-1]:
        parent = Path(tempfile.gettempdir(), parent)
        parent.chmod(parent.stat().st_mode | 0o011)
    source = str(Path(clm.__file__).parents[1])
    # The interpreter imports its modules before it drops root's privileges.
    drop = "from clm.workers import folders\n"
    if os.geteuid() == 0:
        drop += f"os.setgroups([]); os.setgid({_NOBODY}); os.setuid({_NOBODY})"
    script = _REMOVE.format(drop=drop, source=source)

    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "job")], capture_output=True, text=True
    )

    assert done.stdout == "False\n", done.stderr
