"""Persistent pools, and the builds that they serve."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping

from attrs import frozen

from clm.database.queue.job_queue import JobQueue
from clm.database.sqlite.connection import Database
from clm.database.sqlite.processes import is_same_process, process_start
from clm.errors import Diagnostic

_COLUMNS = (
    "id, pid, process_started, address, environment, fingerprints, log_path, started_at, "
    "heartbeat_at, stop_requested"
)


@frozen
class PoolRow:
    """A persistent pool: `fingerprints` maps the job types that it serves to their fingerprints,
    `environment` is the digest of its workers' environment; times are seconds since the epoch."""

    id: str
    pid: int
    process_started: float
    address: str
    environment: str
    fingerprints: Mapping[str, str]
    log_path: str
    started_at: float
    heartbeat_at: float
    stop_requested: bool

    @property
    def is_alive(self) -> bool:
        return is_same_process(self.pid, self.process_started)


class PoolRegistry:
    """The table `pools` of a queue's database, on the queue's connection."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue

    def add(
        self,
        pool_id: str,
        address: str,
        environment: str,
        fingerprints: Mapping[str, str],
        log_path: str = "",
    ) -> PoolRow | None:
        """Registers a pool of this process; from now on builds may use it.

        Returns the live pool with this environment, if there is one; then nothing is registered.
        """
        now = time.time()
        started = process_start(os.getpid())
        fingerprints_json = json.dumps(dict(fingerprints), sort_keys=True)
        values = (pool_id, os.getpid(), started, address, environment, fingerprints_json, log_path)
        with self._queue.writing() as connection:  # so that of several at once, one is registered
            if other := self.running(environment):
                return other
            connection.execute(
                f"INSERT INTO pools ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
                (*values, now, now),
            )
        return None

    def running(self, environment: str) -> PoolRow | None:
        """The newest live pool with this environment."""
        return next((pool for pool in self.live() if pool.environment == environment), None)

    def unfinished(self) -> list[PoolRow]:
        """The pools that have not reported their end, newest first."""
        return unfinished_pools(self._queue)

    def live(self) -> list[PoolRow]:
        """The pools whose process is alive, newest first."""
        return [pool for pool in self.unfinished() if pool.is_alive]

    def get(self, pool_id: str) -> PoolRow | None:
        """The pool; None if it has ended."""
        row = self._queue.one(
            f"SELECT {_COLUMNS} FROM pools WHERE id = ? AND finished_at IS NULL", pool_id
        )
        return _pool(row) if row else None

    def serve(self, pool_id: str, fingerprints: Mapping[str, str]) -> None:
        """Changes the job types that the pool serves."""
        self._queue.change(
            "UPDATE pools SET fingerprints = ? WHERE id = ?",
            json.dumps(dict(fingerprints), sort_keys=True),
            pool_id,
        )

    def heartbeat(self, pool_id: str) -> None:
        self._queue.change("UPDATE pools SET heartbeat_at = ? WHERE id = ?", time.time(), pool_id)

    def request_stop(self, pool_id: str) -> None:
        self._queue.change("UPDATE pools SET stop_requested = 1 WHERE id = ?", pool_id)

    def finish(self, pool_id: str) -> None:
        """Records the end of the pool, and marks its remaining workers dead."""
        with self._queue.writing() as connection:
            connection.execute(
                "UPDATE pools SET finished_at = ? WHERE id = ?", (time.time(), pool_id)
            )
            connection.execute(
                "UPDATE workers SET status = 'dead' WHERE build_id = ? "
                "AND status NOT IN ('stopped', 'dead')",
                (pool_id,),
            )

    # -- the builds of a pool -----------------------------------------------------------------

    def attach(self, build_id: str, pool_id: str) -> None:
        """Lets the pool's workers claim the jobs of the build."""
        self._queue.change("UPDATE builds SET pool_id = ? WHERE id = ?", pool_id, build_id)

    def detach(self, build_id: str, pool_id: str, diagnostics: list[Diagnostic]) -> None:
        """Requeues the build's jobs of a pool that has ended or hangs."""
        self._queue.change("UPDATE builds SET pool_id = NULL WHERE id = ?", build_id)
        rows = self._queue.all(
            "SELECT DISTINCT j.worker_id FROM jobs j JOIN workers w ON w.id = j.worker_id "
            "WHERE j.build_id = ? AND j.status = 'processing' AND w.build_id = ?",
            build_id,
            pool_id,
        )
        for (worker_id,) in rows:
            self._queue.release_jobs_of(worker_id, diagnostics, build_id=build_id)

    def builds_of(self, pool_id: str) -> list[str]:
        """The builds whose jobs the pool may claim, in the order in which they started."""
        rows = self._queue.all(
            "SELECT id FROM builds WHERE pool_id = ? ORDER BY started_at", pool_id
        )
        return [row[0] for row in rows]


def unfinished_pools(queue: Database) -> list[PoolRow]:
    """The pools that have not reported their end, newest first."""
    rows = queue.all(
        f"SELECT {_COLUMNS} FROM pools WHERE finished_at IS NULL ORDER BY started_at DESC"
    )
    return [_pool(row) for row in rows]


def _pool(row: tuple[object, ...]) -> PoolRow:
    pool_id, pid, started, address, environment, fingerprints, *rest = row
    log_path, started_at, heartbeat_at, stop_requested = rest
    return PoolRow(
        str(pool_id),
        int(str(pid)),
        float(str(started)),
        str(address),
        str(environment),
        json.loads(str(fingerprints)),
        str(log_path),
        float(str(started_at)),
        float(str(heartbeat_at)),
        bool(stop_requested),
    )
