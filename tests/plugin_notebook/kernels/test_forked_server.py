"""The server of kernels that a worker forks before it imports anything else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clm_start import preloading

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="kernels fork on Linux only"),
]

FORK = "clm_plugin_notebook.kernels.python_kernels:fork_server"
START = "os:getpid"  # nothing, so that the server is started as a program

# Prints what a cell does in a kernel of the pool.
MODULE = """\
import os, sys
from pathlib import Path
import psutil
from clm import Place
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.kernels.client import RunLimits
from clm_plugin_notebook.kernels.execution import CodeRun
from clm_plugin_notebook.kernels.pool import KernelPool
from clm_plugin_notebook.kernels.spec import python_kernel

def main(options):
    folder = Path(options[0])
    folder.mkdir()
    cell = Cell("code", sys.stdin.read(), number=1)
    run = CodeRun([cell], python_kernel("", forked=True), RunLimits(60, 60, 1), lambda: folder,
                  folder.parent, skip_errors=False, is_cancelled=lambda: False,
                  place_of=lambda cell, line: Place("deck.py", line))
    pool = KernelPool()
    pool.warm_up(run.choice)
    if "KILL_SERVER" in os.environ:
        (server,) = psutil.Process().children()
        server.kill()
        os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
    print(run.execute(pool).runs[0].outputs[0]["text"])
    pool.close()
"""
STATE = """\
import gc, json, os, sys, threading, warnings
print(json.dumps({
    "modules": sorted(sys.modules), "flags": str(sys.flags), "argv": sys.orig_argv,
    "path": sys.path, "environment": sorted(os.environ), "files": os.listdir("/proc/self/fd"),
    "finders": [str(type(f)) for f in sys.meta_path], "warnings": str(warnings.filters),
    "collects": gc.isenabled(), "threads": threading.active_count(),
    "command": open("/proc/self/cmdline").read().replace("\\0", " ").split(),
    "parent": open(f"/proc/{os.getppid()}/environ").read().count("KEEP_ME"),
}))
"""


def state(tmp_path: Path, preload: str, **variables: str) -> dict[str, Any]:
    (tmp_path / "cell_runner.py").write_text(MODULE)
    own = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "PYTHONPATH": str(tmp_path), "KEEP_ME": "1"}
    folder = str(tmp_path / preload.partition(":")[0])
    command = [sys.executable, preloading.__file__, preload, "cell_runner", folder, " " * 200]
    done = subprocess.run(
        command, input=STATE, env=os.environ | own | variables, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_forked_server_like_program(tmp_path: Path) -> None:
    forked, started = state(tmp_path, FORK), state(tmp_path, START)
    # The variables of the whole worker are those of the server at its start: only a fork has them.
    assert (forked.pop("parent"), started.pop("parent")) == (1, 0)
    assert forked == started


def test_dead_server_replaced(tmp_path: Path) -> None:
    found = state(tmp_path, FORK, KILL_SERVER="1")
    assert "run" in found["argv"]  # a kernel that is started as a program


@pytest.mark.parametrize(
    "variable", ["PYTHONWARNINGS=ignore", "PYTHONHASHSEED=random", "PYTHONUTF8=0"]
)
def test_other_interpreter_not_forked(variable: str) -> None:
    name, _, value = variable.partition("=")
    code = f"from {FORK.replace(':', ' import ')}, take_server; fork_server(); print(take_server())"
    env = os.environ | {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", name: value}
    assert subprocess.check_output([sys.executable, "-c", code], env=env) == b"None\n"
