"""A pool that is kept from build to build: a process of its own with a worker or more of each type.

It writes into the queue's database that it is there, with the fingerprints of the job types that
it serves. A build whose fingerprints are the same lets it do its jobs. It ends when it is told
to (`clm workers stop`, a signal), when its database vanishes, and with it end its workers.
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

from clm.database.cache.results import ResultsCache, cache_path_of
from clm.database.queue.job_queue import JobQueue, open_queue
from clm.database.queue.pools import PoolRegistry
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
    "its worker did not answer until the lease ended; no attempts are left",
    hint="the converter hangs on this file, or the machine was asleep; build again",
)


@frozen
class PoolServerOptions:
    """What a kept pool is told.

    `job_types` are those that it serves (none: all that are installed), with at most `limit`
    workers each; `minimum` of them stay, the others go when they have had nothing to do for
    `idle_seconds`. A job is taken from a worker that does not answer for `lease_seconds`.
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
        """How often the pool and its workers say that they live: several times within a lease."""
        return min(HEARTBEAT_SECONDS, self.lease_seconds / 4)


@define
class PoolServer:
    """One kept pool; `run` is its life."""

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
        """Asks the pool to end; from any thread, and from signal handlers."""
        self._stop_requested = True
        self._sender.send([self.receiver.address])

    def run(self, log_path: str = "") -> None:
        """Serves builds until the pool is asked to stop.

        Raises:
            UsageError: a pool for these builds is there already, or there is nothing to serve.
            DatabaseError: the queue cannot be used any more.
        """
        self._refuse_second()
        self.fingerprints = self._fingerprints()
        self._sweep()
        with ExitStack() as stack:
            stack.callback(remove_tree, self._work_folder())
            manager = self._manager()
            stack.callback(self._let_go)
            stack.callback(manager.stop, grace_seconds=_STOP_SECONDS)
            self.pools.add(
                self.id, self.receiver.address, environment(), self.fingerprints, log_path
            )
            self._serve(manager)

    def _serve(self, manager: PoolManager) -> None:
        beaten, between = time.monotonic(), self.options.heartbeat_seconds
        while not self._stop_requested:
            self.queue.rescue_expired([_LEASE_ENDED])
            next_tick_in = manager.tick(self._open_jobs())
            if time.monotonic() - beaten >= between:
                beaten = time.monotonic()
                self.pools.heartbeat(self.id)
                self._sweep()
            me = self.pools.get(self.id)
            if me is None or me.stop_requested:
                return
            self.receiver.wait(min(next_tick_in or between, between))

    def _open_jobs(self) -> dict[str, int]:
        """How many jobs of each type there are for the pool; all of its types are named."""
        counts: Counter[str] = Counter(dict.fromkeys(self.fingerprints, 0))
        for build_id in self.pools.builds_of(self.id):
            counts.update(self.queue.count_open(build_id))
        return {job_type: counts[job_type] for job_type in self.fingerprints}

    def _refuse_second(self) -> None:
        for pool in self.pools.live():
            if pool.environment == environment():
                raise UsageError(
                    f"a pool is there already: {pool.id}, process {pool.pid}",
                    hint="`clm workers list` shows its workers, `clm workers stop` ends it",
                )

    def _fingerprints(self) -> dict[str, str]:
        wanted = self.options.job_types or tuple(self.plugins.job_types)
        found = {}
        for job_type in wanted:
            try:
                found[job_type] = fingerprint_of(self.plugins, job_type)
            except ClmError as error:
                if self.options.job_types:
                    raise
                log.warning("%s: not served: %s", job_type, error)
        if not found:
            raise UsageError(
                "there is no job type that the pool could serve",
                hint="`clm plugins list` shows what is installed",
            )
        return found

    def _sweep(self) -> None:
        left = self.registry.sweep_dead_builds()
        if left:
            kill_started_by(*left)

    def _let_go(self) -> None:
        """Tells builds that wait for the pool to go on without it."""
        with suppress(DatabaseError):  # its file may be what is wrong
            builds = self.pools.builds_of(self.id)
            addresses = [self.registry.builder_address(build) or "" for build in builds]
            self.pools.finish(self.id)
            self._sender.send(addresses)

    def _give_up(self, job_type: str, why: Diagnostic) -> None:
        """Leaves a job type to the builds, which then see for themselves why it cannot be had."""
        if self.fingerprints.pop(job_type, None) is not None:
            log.error("%s: not served any more: %s", job_type, why)
            self.pools.serve(self.id, self.fingerprints)

    def _work_folder(self) -> Path:
        # The name says whose it is: the next build sweeps it where this process has died.
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
            on_broken=self._give_up,
        )


def run_pool_server(
    options: PoolServerOptions, plugins: PluginRegistry, log_path: str = ""
) -> None:
    """Keeps a pool until somebody or a signal ends it; as `PoolServer.run`."""
    with ExitStack() as stack:
        queue = stack.enter_context(open_queue(options.db_path))
        receiver = WakeupReceiver()
        stack.callback(receiver.close)
        # The workers open the cache only where it is there.
        ResultsCache(cache_path_of(options.db_path)).close()
        pool = PoolServer(options, plugins, queue, Registry(queue), PoolRegistry(queue), receiver)
        stack.enter_context(_until_signal(pool))
        pool.run(log_path)


@contextmanager
def _until_signal(pool: PoolServer) -> Iterator[None]:
    """Has the signals that end a process end the pool in its own way."""

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
    parser = argparse.ArgumentParser(description="Keep a pool of workers for later builds.")
    database = os.environ.get("CLM_DB_PATH")
    parser.add_argument("--db-path", type=Path, default=database, required=database is None)
    parser.add_argument("--logs", type=Path, help="by default `logs` beside the database")
    parser.add_argument("--work", type=Path, help="by default `work` beside the database")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minimum", type=int, default=1)
    parser.add_argument("--idle-seconds", type=float, default=60.0)
    parser.add_argument("--lease-seconds", type=float, default=LEASE_SECONDS)
    parser.add_argument("--job-type", action="append", default=[])
    parser.add_argument("--log-path", default="", help="where the output of this process goes")
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
        run_pool_server(options, PluginRegistry.load(), given.log_path)
    except ClmError as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, UsageError) else 1
    return 0
