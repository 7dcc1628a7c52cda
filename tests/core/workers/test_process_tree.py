"""Search and termination of the processes that a worker has started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator

import psutil
import pytest

from clm.database.sqlite.processes import is_running
from clm.workers.process_tree import (
    MARKER,
    kill_started_by,
    kill_tree,
    marked_processes,
    usage_of_tree,
)

_SLEEP = "import time; print('up', flush=True); time.sleep(600)"
_PARENT = (
    "import subprocess, sys;"
    f"c = subprocess.Popen([sys.executable, '-c', {_SLEEP!r}], start_new_session=True, env={{}});"
    "c.wait()"
)
posix = pytest.mark.skipif(os.name == "nt", reason="not available on Windows")
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a process that sleeps, and waits until it is running."""
    started: list[subprocess.Popen[bytes]] = []

    def make(worker_id: str, code: str = _SLEEP) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env=os.environ | {MARKER: worker_id},
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"up"
        return process

    yield make
    for process in started:
        kill_tree(process.pid)
        process.communicate()


def test_only_marked_processes_killed(start: Start) -> None:
    own_id, other_id = uuid.uuid4().hex, uuid.uuid4().hex
    own, other = start(own_id), start(other_id)
    assert [process.pid for process in marked_processes([own_id])] == [own.pid]

    kill_started_by(own_id)

    assert own.wait(10) != 0
    assert other.poll() is None


def test_several_workers_killed_at_once(start: Start) -> None:
    ids = [uuid.uuid4().hex for _ in range(3)]
    processes = [start(worker_id) for worker_id in ids]

    kill_started_by(*ids)

    assert all(process.wait(10) != 0 for process in processes)


def test_own_process_never_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARKER, "me")

    kill_started_by("me")


def test_kill_tree_includes_unmarked_children(start: Start) -> None:
    parent = start(uuid.uuid4().hex, _PARENT)
    (child,) = psutil.Process(parent.pid).children()

    kill_tree(parent.pid)

    assert parent.wait(10) != 0
    child.wait(10)


def test_gone_process_is_no_error(start: Start) -> None:
    process = start(uuid.uuid4().hex)
    process.kill()
    process.wait()

    kill_tree(process.pid)

    assert not is_running(process.pid)


@posix
def test_zombie_is_not_running(start: Start) -> None:
    process = start(uuid.uuid4().hex)
    assert is_running(process.pid)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    assert not is_running(process.pid)


@posix
def test_ended_child_cpu_time_counts() -> None:
    before = usage_of_tree().cpu_seconds
    burn = "import time\nwhile time.process_time() < 0.4: pass"

    subprocess.run([sys.executable, "-c", burn], check=True)

    assert usage_of_tree().cpu_seconds - before > 0.3


def test_running_child_cpu_time_counts() -> None:
    burn = (
        "import time\nwhile time.process_time() < 0.4: pass\nprint(1, flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", burn], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        own = time.process_time()
        process.stdout.readline()

        assert usage_of_tree().cpu_seconds > own + 0.3
        process.kill()


_BLOCKED = """
import os, subprocess, sys, threading
from clm.workers.process_tree import block_new_processes

started = threading.Event()

def start():
    subprocess.Popen([sys.executable, "-c", ""]).wait()
    started.set()

block_new_processes()
threading.Thread(target=start, daemon=True).start()
print("other thread:", started.wait(1.0))
start()
print("own thread:", started.is_set(), flush=True)
os._exit(0)
"""


def test_other_threads_cannot_start_processes() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BLOCKED], capture_output=True, text=True, check=True
    )

    assert done.stdout.split("\n")[:2] == ["other thread: False", "own thread: True"]
