"""The function that a worker calls before it imports anything else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clm.workers.pool.executor import DirectWorkerExecutor
from clm.workers.worker.options import WorkerOptions

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only called on Linux")

MODULE = """
import sys

def look():
    print("clm" in sys.modules, sys.flags.hash_randomization, sys.flags.utf8_mode, flush=True)

def fail():
    raise ValueError("no luck")
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_preload.py").write_text(MODULE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def output(tmp_path: Path, preload: str) -> str:
    """What a worker with this function writes, whose queue does not exist."""
    options = WorkerOptions(
        *("stub-1", "build", "stub", "direct"),
        *(tmp_path / "queue.db", tmp_path / "cache.db", tmp_path / "work", "127.0.0.1:9"),
        preload=preload,
    )
    worker = DirectWorkerExecutor(tmp_path / "logs").start(options, "stub")
    worker.wait()
    worker.clean_up()
    return (tmp_path / "logs" / "stub-1.log").read_text()


@pytest.mark.usefixtures("module")
def test_called_before_other_imports(tmp_path: Path) -> None:
    assert output(tmp_path, "own_preload:look").startswith("False 0 1\n")


@pytest.mark.usefixtures("module")
def test_worker_outlives_failed_preload(tmp_path: Path) -> None:
    first, *others = output(tmp_path, "own_preload:fail").splitlines()
    assert first == "own_preload:fail has failed: ValueError: no luck"
    assert "queue.db" in "".join(others)  # the worker itself, which lacks its queue
