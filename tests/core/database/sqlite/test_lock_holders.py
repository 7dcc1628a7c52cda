"""The processes that a message about a locked database names."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from course_folder import until

from clm.database.queue.job_queue import JobQueue
from clm.database.sqlite.lock_holders import lock_holders
from clm.database.sqlite.processes import is_stopped
from clm.errors import DatabaseBusyError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/locks")

HOLDS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("DELETE FROM jobs")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[JobQueue]:
    with JobQueue(tmp_path / "clm_jobs.db", busy_seconds=0.02) as queue:
        yield queue


@pytest.fixture
def holder(queue: JobQueue) -> Iterator[int]:
    command = [sys.executable, "-c", HOLDS, str(queue.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


def test_stopped_holder_named(queue: JobQueue, holder: int) -> None:
    os.kill(holder, signal.SIGSTOP)
    until(lambda: is_stopped(holder))
    with pytest.raises(DatabaseBusyError, match=rf"by process {holder} \(python.*, stopped\)"):
        queue.cancel_build("build")


def test_running_holder_named(queue: JobQueue, holder: int) -> None:
    with pytest.raises(DatabaseBusyError, match=rf"by process {holder} \(python[^,]*\)"):
        queue.cancel_build("build")


def test_own_lock_not_named(queue: JobQueue) -> None:
    with closing(sqlite3.connect(queue.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert lock_holders(queue.path) == []


def test_free_database_has_no_holder(queue: JobQueue) -> None:
    assert lock_holders(queue.path) == []
