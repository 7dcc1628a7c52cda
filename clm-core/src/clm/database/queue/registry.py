"""Registry of the builds and workers that share a job queue, with their wakeup addresses."""

from __future__ import annotations

import json
import os
import sqlite3
import time

from attrs import frozen

from clm.database.queue.job_queue import JobQueue
from clm.database.sqlite.processes import is_same_process, process_start
from clm.jobs.work import JobProgress

_ENDED_WORKERS_A_BUILD = 20
_HEARTBEAT = (
    "UPDATE workers SET heartbeat_at = ?, cpu_seconds = ?, processed = ?, failed = ?, "
    "busy_seconds = ?, memory_bytes = ? WHERE id = ?"
)


@frozen
class WorkerStatistics:
    """A worker's job counts; `mean_seconds` is the mean duration of a job."""

    processed: int
    failed: int
    mean_seconds: float


@frozen
class WorkerOrders:
    """The reply to a worker's heartbeat."""

    stop: bool


class Registry:
    """The tables `builds` and `workers` of a queue's database, on the queue's connection."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue

    # -- builds -------------------------------------------------------------------------------

    def add_build(self, build_id: str, address: str) -> None:
        """Registers a build of this process; `address` receives its wakeups."""
        self._queue.change(
            "INSERT INTO builds (id, pid, process_started, address, started_at) "
            "VALUES (?, ?, ?, ?, ?)",
            build_id,
            os.getpid(),
            process_start(os.getpid()),
            address,
            time.time(),
        )

    def finish_build(self, build_id: str) -> None:
        self._queue.change("UPDATE builds SET finished_at = ? WHERE id = ?", time.time(), build_id)

    def live_builds(self) -> list[str]:
        """The builds whose process is alive."""
        return [build for build, alive in self._unfinished("builds") if alive]

    def sweep_dead_builds(self) -> list[str]:
        """Cancels the jobs, and marks the workers dead, of builds and pools whose process is gone.

        Returns the ids of these workers: one that was stopped (SIGSTOP) may still exist.
        """
        dead = [build for build, alive in self._unfinished("builds") if not alive]
        for build_id in dead:
            self._queue.cancel_build(build_id)
            self.finish_build(build_id)
        dead_pools = [pool for pool, alive in self._unfinished("pools") if not alive]
        return [
            worker for owner in (*dead, *dead_pools) for worker in self._mark_workers_dead(owner)
        ]

    def _mark_workers_dead(self, owner: str) -> list[str]:
        """Marks the workers of a dead build or pool as dead; returns their ids."""
        with self._queue.writing() as connection:
            connection.execute(
                "UPDATE pools SET finished_at = ? WHERE id = ?", (time.time(), owner)
            )
            rows = connection.execute(
                "UPDATE workers SET status = 'dead' WHERE build_id = ? "
                "AND status NOT IN ('stopped', 'dead') RETURNING id",
                (owner,),
            ).fetchall()
        return [row[0] for row in rows]

    def builder_address(self, build_id: str) -> str | None:
        row = self._queue.one("SELECT address FROM builds WHERE id = ?", build_id)
        return row[0] if row else None

    def prune(self, keep_builds: int) -> None:
        """Deletes all finished builds but the last `keep_builds`, with their jobs and workers."""
        with self._queue.writing() as connection:
            old = connection.execute(
                "SELECT id FROM builds WHERE finished_at IS NOT NULL "
                "ORDER BY started_at DESC LIMIT -1 OFFSET ?",
                (keep_builds,),
            ).fetchall()
            old_pools = connection.execute(
                "SELECT id FROM pools WHERE finished_at IS NOT NULL "
                "AND id NOT IN (SELECT pool_id FROM builds WHERE pool_id IS NOT NULL)"
            ).fetchall()
            for table, column in (("jobs", "build_id"), ("workers", "build_id"), ("builds", "id")):
                connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", old)
            for table, column in (("workers", "build_id"), ("pools", "id")):
                connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", old_pools)
            _prune_ended_workers(connection, keep_builds)

    def _unfinished(self, table: str) -> list[tuple[str, bool]]:
        rows = self._queue.all(
            f"SELECT id, pid, process_started FROM {table} WHERE finished_at IS NULL"
        )
        return [(owner, is_same_process(pid, started)) for owner, pid, started in rows]

    # -- workers ------------------------------------------------------------------------------

    def register_worker(
        self,
        worker_id: str,
        build_id: str,
        job_type: str,
        executor: str,
        address: str,
        *,
        log_path: str = "",
    ) -> None:
        """Registers a worker (status `starting`); `address` receives its wakeups."""
        now = time.time()
        self._queue.change(
            "INSERT INTO workers (id, build_id, job_type, executor, pid, address, started_at, "
            "heartbeat_at, log_path) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            worker_id,
            build_id,
            job_type,
            executor,
            os.getpid(),
            address,
            now,
            now,
            log_path,
        )

    def set_control_address(self, worker_id: str, address: str) -> None:
        """Sets the address at which a wakeup makes the worker check its lease and stop requests."""
        self._queue.change(
            "UPDATE workers SET control_address = ? WHERE id = ?", address, worker_id
        )

    def set_worker_status(self, worker_id: str, status: str) -> None:
        self._queue.change(
            "UPDATE workers SET status = ?, heartbeat_at = ? WHERE id = ?",
            status,
            time.time(),
            worker_id,
        )

    def heartbeat(
        self,
        worker_id: str,
        cpu_seconds: float,
        statistics: WorkerStatistics,
        memory_bytes: int = 0,
    ) -> WorkerOrders:
        """Records a worker's heartbeat; CPU time and memory include its descendant processes."""
        values = (
            time.time(),
            cpu_seconds,
            statistics.processed,
            statistics.failed,
            statistics.mean_seconds * (statistics.processed + statistics.failed),
            memory_bytes,
            worker_id,
        )
        # One call of SQLite, which takes the lock and gives it back: native code of the converter
        # may let this thread never go on.
        if self._queue.changes_one(f"{_HEARTBEAT} AND NOT stop_requested", *values):
            return WorkerOrders(stop=False)
        return WorkerOrders(stop=self._queue.changes_one(_HEARTBEAT, *values))

    def set_progress(self, worker_id: str, job_id: int, progress: JobProgress) -> None:
        """Records the progress of the worker's job."""
        self._queue.change(
            "UPDATE workers SET progress_job = ?, progress = ?, progress_text = ? WHERE id = ?",
            job_id,
            progress.fraction,
            progress.text,
            worker_id,
        )

    def progress(self, build_id: str) -> dict[str, JobProgress]:
        """The known progress of the build's running jobs, by request id."""
        rows = self._queue.all(
            "SELECT j.request_id, w.progress, w.progress_text FROM jobs j "
            "JOIN workers w ON w.id = j.worker_id AND w.progress_job = j.id "
            "WHERE j.build_id = ? AND j.status = 'processing' AND j.collected = 0",
            build_id,
        )
        return {request: JobProgress(fraction, text) for request, fraction, text in rows}

    def request_worker_stop(self, worker_id: str) -> None:
        """Requests that the worker end after its current job."""
        self._queue.change("UPDATE workers SET stop_requested = 1 WHERE id = ?", worker_id)

    def control_address(self, worker_id: str) -> str:
        """The worker's control address (see `set_control_address`); empty if it has none."""
        row = self._queue.one("SELECT control_address FROM workers WHERE id = ?", worker_id)
        return row[0] if row else ""

    def control_address_of_job(self, job_id: int) -> str:
        """The control address of the worker that runs, or last ran, the job."""
        row = self._queue.one(
            "SELECT w.control_address FROM jobs j JOIN workers w ON w.id = j.worker_id "
            "WHERE j.id = ?",
            job_id,
        )
        return row[0] if row else ""

    def control_addresses(self, build_id: str) -> list[str]:
        """The control addresses of all workers that run a job of the build."""
        rows = self._queue.all(
            "SELECT w.control_address FROM jobs j JOIN workers w ON w.id = j.worker_id "
            "WHERE j.build_id = ? AND j.status = 'processing' AND j.collected = 0",
            build_id,
        )
        return [row[0] for row in rows]

    def largest_worker_memory(self, job_type: str) -> int:
        """The memory of the largest running worker of that type, in bytes; 0 if unknown."""
        row = self._queue.one(
            "SELECT coalesce(max(memory_bytes), 0) FROM workers "
            "WHERE job_type = ? AND status IN ('idle', 'busy')",
            job_type,
        )
        return int(row[0])

    def claimed_jobs(self, worker_id: str) -> int:
        """The number of jobs that the worker has reported as ended or holds now."""
        row = self._queue.one(
            "SELECT coalesce((SELECT processed + failed FROM workers WHERE id = ?1), 0) + "
            "(SELECT count(*) FROM jobs WHERE status = 'processing' AND worker_id = ?1)",
            worker_id,
        )
        return int(row[0])

    def worker_status(self, worker_id: str) -> str | None:
        """The worker's status; None if it has not registered yet."""
        row = self._queue.one("SELECT status FROM workers WHERE id = ?", worker_id)
        return row[0] if row else None

    def heartbeats(self, build_id: str) -> dict[str, float]:
        """The last heartbeats of the build's workers, in seconds since the epoch."""
        rows = self._queue.all("SELECT id, heartbeat_at FROM workers WHERE build_id = ?", build_id)
        return dict(rows)

    def idle_addresses(self, build_id: str) -> list[str]:
        """The wakeup addresses of the build's idle workers."""
        rows = self._queue.all(
            "SELECT address FROM workers WHERE build_id = ? AND status = 'idle'", build_id
        )
        return [row[0] for row in rows]

    def idle_workers(self, owner: str, job_type: str) -> list[str]:
        """The ids of the idle workers of that build or pool."""
        rows = self._queue.all(
            "SELECT id FROM workers WHERE build_id = ? AND job_type = ? AND status = 'idle'",
            owner,
            job_type,
        )
        return [row[0] for row in rows]

    def cpu_seconds(self, *owners: str) -> float:
        """CPU time reported by the workers of these builds and pools, including their
        descendant processes."""
        row = self._queue.one(
            "SELECT coalesce(sum(cpu_seconds), 0) FROM workers "
            "WHERE build_id IN (SELECT value FROM json_each(?))",
            json.dumps(owners),
        )
        return float(row[0])


def _prune_ended_workers(connection: sqlite3.Connection, keep_builds: int) -> None:
    # A persistent pool may run for months, and recycles its workers.
    connection.execute(
        "DELETE FROM workers WHERE status IN ('stopped', 'dead') AND id NOT IN ("
        "SELECT id FROM workers WHERE status IN ('stopped', 'dead') "
        "ORDER BY heartbeat_at DESC LIMIT ?)",
        (keep_builds * _ENDED_WORKERS_A_BUILD,),
    )
