"""The builds and workers that share a job queue: who is there, and where to reach them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from attrs import frozen

from clm.database.connection import transaction, translated
from clm.database.job_queue import JobQueue


@frozen
class WorkerStatistics:
    """What a worker has done so far; `mean_seconds` is the mean time of a job."""

    processed: int
    failed: int
    mean_seconds: float


class Registry:
    """The tables `builds` and `workers` of a queue's database, over the queue's connection."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._connection = queue.connection

    # -- builds -------------------------------------------------------------------------------

    def add_build(self, build_id: str, address: str) -> None:
        """Registers a build of this process; `address` is where it wants to be nudged."""
        with self._write():
            self._connection.execute(
                "INSERT INTO builds (id, pid, process_started, address, started_at) "
                "VALUES (?, ?, ?, ?, ?)",
                (build_id, os.getpid(), psutil.Process().create_time(), address, time.time()),
            )

    def finish_build(self, build_id: str) -> None:
        with self._write():
            self._connection.execute(
                "UPDATE builds SET finished_at = ? WHERE id = ?", (time.time(), build_id)
            )

    def live_builds(self) -> list[str]:
        """The builds whose process is alive."""
        return [build for build, alive in self._unfinished_builds() if alive]

    def sweep_dead_builds(self) -> list[str]:
        """Ends what builds have left behind whose process is gone; returns their ids."""
        dead = [build for build, alive in self._unfinished_builds() if not alive]
        for build_id in dead:
            self._queue.cancel_build(build_id)
            with self._write():
                self._connection.execute(
                    "UPDATE workers SET status = 'dead' WHERE build_id = ? AND status <> 'stopped'",
                    (build_id,),
                )
            self.finish_build(build_id)
        return dead

    def builder_address(self, build_id: str) -> str | None:
        with translated(self._queue.path):
            row = self._connection.execute(
                "SELECT address FROM builds WHERE id = ?", (build_id,)
            ).fetchone()
        return row[0] if row else None

    def prune(self, keep_builds: int) -> None:
        """Forgets all finished builds but the last `keep_builds`, with their jobs and workers."""
        with self._write():
            old = self._connection.execute(
                "SELECT id FROM builds WHERE finished_at IS NOT NULL "
                "ORDER BY started_at DESC LIMIT -1 OFFSET ?",
                (keep_builds,),
            ).fetchall()
            for table, column in (("jobs", "build_id"), ("workers", "build_id"), ("builds", "id")):
                self._connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", old)

    def _unfinished_builds(self) -> list[tuple[str, bool]]:
        with translated(self._queue.path):
            rows = self._connection.execute(
                "SELECT id, pid, process_started FROM builds WHERE finished_at IS NULL"
            ).fetchall()
        return [(build, _is_alive(pid, started)) for build, pid, started in rows]

    # -- workers ------------------------------------------------------------------------------

    def register_worker(
        self, worker_id: str, build_id: str, job_type: str, executor: str, address: str
    ) -> None:
        """A worker says that it is there (status `starting`) and where it wants to be nudged."""
        now = time.time()
        with self._write():
            self._connection.execute(
                "INSERT INTO workers (id, build_id, job_type, executor, pid, address, "
                "started_at, heartbeat_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (worker_id, build_id, job_type, executor, os.getpid(), address, now, now),
            )

    def set_worker_status(self, worker_id: str, status: str) -> None:
        with self._write():
            self._connection.execute(
                "UPDATE workers SET status = ?, heartbeat_at = ? WHERE id = ?",
                (status, time.time(), worker_id),
            )

    def heartbeat(self, worker_id: str, cpu_seconds: float, statistics: WorkerStatistics) -> None:
        """A worker lives; `cpu_seconds` are those of it and all that it has started."""
        busy = statistics.mean_seconds * (statistics.processed + statistics.failed)
        with self._write():
            self._connection.execute(
                "UPDATE workers SET heartbeat_at = ?, cpu_seconds = ?, processed = ?, "
                "failed = ?, busy_seconds = ? WHERE id = ?",
                (
                    time.time(),
                    cpu_seconds,
                    statistics.processed,
                    statistics.failed,
                    busy,
                    worker_id,
                ),
            )

    def worker_status(self, worker_id: str) -> str | None:
        """The worker's status; None where it has not registered yet."""
        with translated(self._queue.path):
            row = self._connection.execute(
                "SELECT status FROM workers WHERE id = ?", (worker_id,)
            ).fetchone()
        return row[0] if row else None

    def heartbeats(self, build_id: str) -> dict[str, float]:
        """When each of the build's workers last said that it lives, seconds since the epoch."""
        with translated(self._queue.path):
            rows = self._connection.execute(
                "SELECT id, heartbeat_at FROM workers WHERE build_id = ?", (build_id,)
            ).fetchall()
        return dict(rows)

    def idle_addresses(self, build_id: str) -> list[str]:
        """Where to nudge the build's workers that wait for a job."""
        with translated(self._queue.path):
            rows = self._connection.execute(
                "SELECT address FROM workers WHERE build_id = ? AND status = 'idle'", (build_id,)
            ).fetchall()
        return [row[0] for row in rows]

    def cpu_seconds(self, build_id: str) -> float:
        """CPU time that the build's workers, and what they started, have reported."""
        with translated(self._queue.path):
            row = self._connection.execute(
                "SELECT coalesce(sum(cpu_seconds), 0) FROM workers WHERE build_id = ?", (build_id,)
            ).fetchone()
        return float(row[0])

    @contextmanager
    def _write(self) -> Iterator[None]:
        with translated(self._queue.path), transaction(self._connection):
            yield


def _is_alive(pid: int, started: float) -> bool:
    # A pid alone is not enough: the system gives it to another process some day.
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
