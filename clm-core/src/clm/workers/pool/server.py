"""Server process of a persistent pool, with one or more workers per job type.

It registers in the queue's database with the fingerprints of the job types that it serves; builds
with equal fingerprints let it run their jobs. It ends on request (`clm workers stop`, a signal) or
when its database is removed, and its workers end with it.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

from attrs import define, field, frozen

from clm.database.cache.places import cache_path_of
from clm.database.cache.results import ResultsCache
from clm.database.queue.job_queue import JobQueue, open_queue
from clm.database.queue.pools import PoolRegistry, PoolRow
from clm.database.queue.registry import Registry
from clm.errors import ClmError, DatabaseError, Diagnostic, UsageError
from clm.jobs.status import LEASE_SECONDS
from clm.limits import Limits
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import fingerprint_of
from clm.workers.folders import remove_tree
from clm.workers.log_files import prune_logs
from clm.workers.pool.environment import environment
from clm.workers.pool.executor import DirectWorkerExecutor
from clm.workers.pool.manager import PoolManager
from clm.workers.process_tree import kill_started_by
from clm.workers.wakeup import WakeupReceiver, WakeupSender
from clm.workers.worker.options import WorkerOptions

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5.0
_STOP_SECONDS = 1.0
_KEPT_LOGS = 200
_LEASE_ENDED = Diagnostic(
    "its worker did not renew the lease in time; no attempts are left",
    hint="the converter hangs on this file, or the machine was suspended; build again",
)


@frozen
class PoolServerOptions:
    """The options of a persistent pool.

    `job_types` are the job types that it serves (empty: all installed ones), with at most `limit`
    workers in all. `minimum` workers of each type are kept; others are dismissed after
    `idle_seconds` without a job. A job is requeued if its worker does not renew the lease for
    `lease_seconds`.
    """

    db_path: Path
    logs: Path
    work: Path
    limit: int
    job_types: tuple[str, ...] = ()
    minimum: int = 1
    idle_seconds: float = 60.0
    lease_seconds: float = LEASE_SECONDS

    @property
    def heartbeat_seconds(self) -> float:
        """The interval between heartbeats of the pool and its workers: several within a lease."""
        return min(HEARTBEAT_SECONDS, self.lease_seconds / 4)


@define
class PoolServer:
    """The server of one persistent pool."""

    options: PoolServerOptions
    plugins: PluginRegistry
    queue: JobQueue
    registry: Registry
    pools: PoolRegistry
    receiver: WakeupReceiver
    id: str = field(factory=lambda: f"pool-{uuid.uuid4().hex[:8]}")
    fingerprints: dict[str, str] = field(factory=dict)
    _sender: WakeupSender = field(factory=WakeupSender)
    _stop_requested: bool = False

    def request_stop(self) -> None:
        """Requests that the pool end; callable from any thread and from signal handlers."""
        self._stop_requested = True
        self._sender.send([self.receiver.address])

    def run(self, log_path: str = "") -> None:
        """Serves builds until the pool is requested to stop.

        Raises:
            UsageError: such a pool is already running, or there is no job type to serve.
            DatabaseError: the queue can no longer be used.
        """
        self._refuse(self.pools.running(environment()))
        self.fingerprints = self._fingerprints()
        self._sweep()
        with ExitStack() as stack:
            stack.callback(remove_tree, self._work_folder())
            manager = self._manager()
            stack.callback(self._finish)
            stack.callback(manager.stop, grace_seconds=_STOP_SECONDS)
            self._refuse(
                self.pools.add(
                    self.id, self.receiver.address, environment(), self.fingerprints, log_path
                )
            )
            self._serve(manager)

    def _serve(self, manager: PoolManager) -> None:
        heartbeat_at, interval = time.monotonic(), self.options.heartbeat_seconds
        while not self._stop_requested:
            self.queue.rescue_expired([_LEASE_ENDED])
            next_tick_in = manager.tick(self._open_jobs())
            if time.monotonic() - heartbeat_at >= interval:
                heartbeat_at = time.monotonic()
                self.pools.heartbeat(self.id)
                self._sweep()
            row = self.pools.get(self.id)
            if row is None or row.stop_requested:
                return
            self.receiver.wait(min(next_tick_in or interval, interval))

    def _open_jobs(self) -> dict[str, int]:
        """The number of open jobs of each job type of the pool, including zeros."""
        counts: Counter[str] = Counter(dict.fromkeys(self.fingerprints, 0))
        for build_id in self.pools.builds_of(self.id):
            counts.update(self.queue.count_open(build_id))
        return {job_type: counts[job_type] for job_type in self.fingerprints}

    def _refuse(self, other: PoolRow | None) -> None:
        if other is not None:
            raise UsageError(
                f"a persistent pool is already running: {other.id}, process {other.pid}",
                hint="`clm workers list` shows its workers, `clm workers stop` stops it",
            )

    def _fingerprints(self) -> dict[str, str]:
        job_types = self.options.job_types or tuple(self.plugins.job_types)
        found = {}
        for job_type in job_types:
            try:
                found[job_type] = fingerprint_of(self.plugins, job_type)
            except ClmError as error:
                if self.options.job_types:
                    raise
                log.warning("%s: not served: %s", job_type, error)
        if not found:
            raise UsageError(
                "the pool has no job type to serve",
                hint="`clm plugins list` lists the installed plugins",
            )
        return found

    def _sweep(self) -> None:
        orphans = self.registry.sweep_dead_builds()
        if orphans:
            kill_started_by(*orphans)

    def _finish(self) -> None:
        """Records the pool's end, and wakes its builds, which then continue without it."""
        with suppress(DatabaseError):  # the database itself may be the problem
            builds = self.pools.builds_of(self.id)
            addresses = [self.registry.builder_address(build) or "" for build in builds]
            self.pools.finish(self.id)
            self._sender.send(addresses)

    def _drop_job_type(self, job_type: str, reason: Diagnostic) -> None:
        """Stops serving a job type; builds then start their own workers and report the reason."""
        if self.fingerprints.pop(job_type, None) is not None:
            log.error("%s: no longer served: %s", job_type, reason)
            self.pools.serve(self.id, self.fingerprints)

    def _work_folder(self) -> Path:
        # Named after this process: the next build removes it if this process has died.
        return self.options.work / f"{os.getpid()}-{self.id}"

    def _manager(self) -> PoolManager:
        o, limits = self.options, Limits.of()
        prune_logs(o.logs, keep=_KEPT_LOGS)
        options = WorkerOptions(
            worker_id="",
            build_id=self.id,
            job_type="",
            executor="",
            db_path=o.db_path,
            cache_path=cache_path_of(o.db_path),
            work_folder=self._work_folder(),
            builder_address="",
            poll_seconds=HEARTBEAT_SECONDS,
            lease_seconds=o.lease_seconds,
            heartbeat_seconds=o.heartbeat_seconds,
            shared=True,
            max_jobs=limits.worker_jobs,
            max_memory=limits.worker_memory,
            hung_after=limits.hung_after,
            job_limit=limits.job_limit,
        )
        return PoolManager(
            self.plugins,
            DirectWorkerExecutor(o.logs),
            self.queue,
            options,
            o.limit,
            on_exit=lambda: self._sender.send([self.receiver.address]),
            minimum=o.minimum,
            idle_seconds=o.idle_seconds,
            on_broken=self._drop_job_type,
            fingerprints=self.fingerprints,
        )


def run_pool_server(
    options: PoolServerOptions, plugins: PluginRegistry, log_path: str = ""
) -> None:
    """Runs a persistent pool until it is requested to stop, also by a signal.

    Raises the same errors as `PoolServer.run`.
    """
    with ExitStack() as stack:
        queue = stack.enter_context(open_queue(options.db_path))
        receiver = WakeupReceiver()
        stack.callback(receiver.close)
        # The workers only open an existing cache.
        ResultsCache(cache_path_of(options.db_path)).close()
        pool = PoolServer(options, plugins, queue, Registry(queue), PoolRegistry(queue), receiver)
        stack.enter_context(_stop_on_signals(pool))
        pool.run(log_path)


@contextmanager
def _stop_on_signals(pool: PoolServer) -> Iterator[None]:
    """Makes terminating signals stop the pool cleanly."""

    def on_signal(number: int, frame: FrameType | None) -> None:
        pool.request_stop()

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(arguments: Sequence[str] | None = None) -> int:
    """The entry point of `python -m clm.workers.pool`."""
    parser = argparse.ArgumentParser(description="Run a persistent worker pool for later builds.")
    database = os.environ.get("CLM_DB_PATH")
    parser.add_argument("--db-path", type=Path, default=database, required=database is None)
    parser.add_argument("--logs", type=Path, help="default: `logs` beside the database")
    parser.add_argument("--work", type=Path, help="default: `work` beside the database")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minimum", type=int, default=1)
    parser.add_argument("--idle-seconds", type=float, default=60.0)
    parser.add_argument("--lease-seconds", type=float, default=LEASE_SECONDS)
    parser.add_argument("--job-type", action="append", default=[])
    parser.add_argument("--log-path", default="", help="where this process's output goes")
    given = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    db_path = Path(given.db_path).absolute()
    options = PoolServerOptions(
        db_path=db_path,
        logs=(given.logs or db_path.parent / "logs").absolute(),
        work=(given.work or db_path.parent / "work").absolute(),
        limit=given.jobs,
        job_types=tuple(given.job_type),
        minimum=given.minimum,
        idle_seconds=given.idle_seconds,
        lease_seconds=given.lease_seconds,
    )
    try:
        run_pool_server(options, PluginRegistry.load(for_builds=True), given.log_path)
    except ClmError as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, UsageError) else 1
    return 0
