"""Pool manager: starts, monitors and replaces the workers of a build or persistent pool.

It creates a pool for each job type that has open jobs. A thread per worker waits for its exit,
so exits are noticed at once; everything else happens in `tick`, which the build's thread calls
whenever it wakes up.
"""

from __future__ import annotations

import logging
import queue as thread_queue
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from pathlib import Path

from attrs import define, evolve, field

from clm.database.queue.job_queue import JobQueue
from clm.database.queue.registry import Registry
from clm.errors import ClmError, Diagnostic
from clm.plugins import PluginRegistry
from clm.workers.pool.executor import WorkerExecutor, WorkerHandle
from clm.workers.pool.exits import (
    Exit,
    crash_diagnostic,
    disk_full_diagnostic,
    start_failure_diagnostic,
)
from clm.workers.pool.memory import available_memory
from clm.workers.process_tree import kill_started_by
from clm.workers.worker.options import EXIT_DISK_FULL, EXIT_JOB_ABANDONED, WorkerOptions

log = logging.getLogger(__name__)

MAX_FAILURES = 3
_BACK_OFF_SECONDS = 0.25
_MAX_BACK_OFF_SECONDS = 2.0
_SURPLUS_SECONDS = 10.0
_DEFAULT_BYTES = 150_000_000  # of a worker whose type has no running worker yet
# Without a heartbeat for so many leases, a worker is killed.
_UNRESPONSIVE_LEASES = 4
_STOPPED_LEASES = 2  # if it is stopped; it may hold a lock that others await for a minute
_NOT_STARTED = "no sign of life for {:g} s after its start"
_KILL_SECONDS = 5.0


@define
class Pool:
    """The workers of one job type.

    `failures` counts consecutive workers that ended without having claimed a job, `crashes` those
    that died while running one. `surplus_since` is the time since which there are more workers
    than needed. `broken` is set when no worker can be started any more, and says why. `provider`
    is the plugin's label.
    """

    job_type: str
    plugin: str
    size: int = 0
    provider: str = field(default="", kw_only=True)
    workers: dict[str, WorkerHandle] = field(factory=dict)
    failures: int = 0
    crashes: int = 0
    not_before: float = 0.0
    surplus_since: float | None = None
    broken: Diagnostic | None = None


@define
class _LastHeartbeat:
    """A worker's last heartbeat, and the time on this process's clock at which it was first seen.

    The clocks of different processes are not compared.
    """

    sent_at: float
    seen_at: float


class PoolManager:
    """The pools of one build or persistent pool. All methods are for the owner's thread."""

    def __init__(
        self,
        plugins: PluginRegistry,
        executor: WorkerExecutor,
        queue: JobQueue,
        options: WorkerOptions,
        limit: int,
        on_exit: Callable[[], None],
        *,
        keep: bool = False,
        minimum: int = 0,
        idle_seconds: float = 0.0,
        on_broken: Callable[[str, Diagnostic], None] | None = None,
        available: Callable[[], int] = available_memory,
        fingerprints: Mapping[str, str] | None = None,
    ) -> None:
        """`options` are the options of all workers; id and job type are filled in. `limit` is the
        maximum number of workers of all pools, except that each pool with open jobs gets at least
        one. `on_exit` is called, from another thread, when a worker ends.

        With `keep`, workers without jobs are kept until they are stopped; otherwise those beyond
        `minimum` are dismissed after `idle_seconds`. `on_broken` is called with a job type whose
        workers cannot be started; by default the build's jobs of that type fail. `available`
        returns the bytes of memory available for further workers. Workers of job types with
        `fingerprints` only run jobs that were planned with these.
        """
        self._plugins = plugins
        self._executor = executor
        self._queue = queue
        self._registry = Registry(queue)
        self._options = options
        self._limit = limit
        self._on_exit = on_exit
        self._keep = keep
        self._minimum = minimum
        self._idle_seconds = idle_seconds
        self._on_broken = on_broken or self._fail_pending
        self._available = available
        self._fingerprints = fingerprints or {}
        self._pools: dict[str, Pool] = {}
        self._exits: thread_queue.SimpleQueue[Exit] = thread_queue.SimpleQueue()
        self._dismissed: set[str] = set()
        self._heartbeats: dict[str, _LastHeartbeat] = {}
        self._started_at: dict[str, float] = {}
        self._not_started: set[str] = set()
        self._heartbeats_read_at = time.monotonic()
        self._stopped: set[str] = set()
        queue.on_wait(self.kill_stopped)

    @property
    def workers(self) -> list[WorkerHandle]:
        """The workers that were started and whose exit has not been handled."""
        return [worker for pool in self._pools.values() for worker in pool.workers.values()]

    def tick(self, open_jobs: Mapping[str, int]) -> float | None:
        """Handles exits, and adjusts the size of every pool to its open jobs.

        Returns the seconds after which it must be called again; None if that is not necessary.
        """
        while not self._exits.empty():
            self._handle_exit(self._exits.get())
        self._kill_unresponsive()
        for worker in self.workers:
            worker.rotate_log()
        if not self._keep:
            self._dismiss_surplus(open_jobs)
        # Earlier stages first: later ones depend on them.
        job_types = sorted(open_jobs, key=lambda name: self._plugins.job_type(name).stage)
        waits = [self._fill(job_type, open_jobs) for job_type in job_types]
        return min((wait for wait in waits if wait), default=None)

    def stop(self, *, grace_seconds: float) -> None:
        """Stops all workers: requests, waits for the grace time, kills."""
        workers = self.workers
        worker_ids = [worker.worker_id for worker in workers]
        if grace_seconds > 0:
            for worker in self.workers:
                worker.request_stop()
            self._await_exits(grace_seconds)
        for worker in self.workers:
            worker.kill()
        if worker_ids:
            # Even if all ended on request: a converter may leave tools running.
            kill_started_by(*worker_ids)
        self._await_exits(_KILL_SECONDS)
        for worker in workers:
            worker.clean_up()

    def _await_exits(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.workers and (left := deadline - time.monotonic()) > 0:
            with suppress(thread_queue.Empty):
                self._remove(self._exits.get(timeout=left))

    def _dismiss_surplus(self, open_jobs: Mapping[str, int]) -> None:
        """Dismisses workers without further jobs: their tools hold memory that others need."""
        now = time.monotonic()
        for pool in self._pools.values():
            needed = max(self._minimum, open_jobs.get(pool.job_type, 0))
            staying = pool.workers.keys() - self._dismissed
            if len(staying) <= needed:
                pool.surplus_since = None
                continue
            if pool.surplus_since is None:
                pool.surplus_since = now
            # While its type has open jobs, one may be requeued: a replacement would be expensive.
            delay = _SURPLUS_SECONDS if open_jobs.get(pool.job_type) else 0.0
            if now - pool.surplus_since >= max(self._idle_seconds, delay):
                self._dismiss(pool, staying, needed)

    def _dismiss(self, pool: Pool, staying: Set[str], needed: int) -> None:
        """Requests idle workers to end, until only as many stay as are needed."""
        if needed:
            idle = self._registry.idle_workers(self._options.build_id, pool.job_type)
            candidates = [worker_id for worker_id in idle if worker_id in staying]
        else:
            candidates = sorted(staying)
        for worker_id in candidates[: len(staying) - needed]:
            self._dismissed.add(worker_id)
            pool.workers[worker_id].request_stop()

    def _fill(self, job_type: str, open_jobs: Mapping[str, int]) -> float | None:
        pool = self._pool(job_type)
        if pool.broken:
            # Again, since a job may have been requeued from a worker that has died.
            self._on_broken(job_type, pool.broken)
            return None
        wait = pool.not_before - time.monotonic()
        if wait > 0:
            return wait
        if self._executor.is_away(job_type):
            return _BACK_OFF_SECONDS
        for _ in range(self._missing_workers(pool, open_jobs)):
            try:
                self._start_worker(pool)
            except (OSError, RuntimeError) as error:  # the latter if there can be no more threads
                self._count_failure(pool, f"{type(error).__name__}: {error}")
                return _BACK_OFF_SECONDS
            except ClmError as error:
                if not pool.workers:
                    self._break(pool, error.diagnostics[0])
                return None
        return None

    def _missing_workers(self, pool: Pool, open_jobs: Mapping[str, int]) -> int:
        """The number of workers to start, as open jobs, limit and memory allow."""
        jobs = max(open_jobs[pool.job_type], self._minimum)
        first = 0 if pool.workers else 1
        room = self._limit - self._slots_of_others(pool, open_jobs) - len(pool.workers)
        wanted = min(min(pool.size, jobs) - len(pool.workers), max(first, room))
        if wanted <= first:
            return wanted
        each = self._registry.largest_worker_memory(pool.job_type) or _DEFAULT_BYTES
        # Starting workers have not allocated their memory yet.
        reserved = _DEFAULT_BYTES * sum(w.worker_id not in self._heartbeats for w in self.workers)
        return max(first, min(wanted, (self._available() - reserved) // each))

    def _slots_of_others(self, pool: Pool, open_jobs: Mapping[str, int]) -> int:
        """The number of workers that other pools with open jobs have or will get."""
        stay_idle = self._keep or self._minimum > 0
        slots = {job_type: 1 for job_type, jobs in open_jobs.items() if jobs}
        for other in self._pools.values():
            if other.broken:
                slots.pop(other.job_type, None)
            elif other.workers and (other.job_type in slots or not stay_idle):
                slots[other.job_type] = len(other.workers)
        slots.pop(pool.job_type, None)
        return sum(slots.values())

    def _fail_pending(self, job_type: str, diagnostic: Diagnostic) -> None:
        self._queue.fail_pending(self._options.build_id, job_type, [diagnostic])

    def _pool(self, job_type: str) -> Pool:
        if job_type not in self._pools:
            declared = self._plugins.job_type(job_type)
            capacity = self._executor.capacity(job_type) or self._limit
            size = min(self._limit, declared.pool_size or self._limit, capacity)
            plugin = self._plugins.plugin_of(job_type)
            self._pools[job_type] = Pool(job_type, plugin.name, size, provider=plugin.label)
        return self._pools[job_type]

    def _start_worker(self, pool: Pool) -> None:
        worker_id = f"{pool.job_type}-{uuid.uuid4().hex[:8]}"
        options = evolve(
            self._options,
            worker_id=worker_id,
            job_type=pool.job_type,
            work_folder=Path(self._options.work_folder) / worker_id,
            provider=pool.provider,
            fingerprint=self._fingerprints.get(pool.job_type, ""),
            preload=self._plugins.job_type(pool.job_type).preload,
        )
        worker = self._executor.start(options, pool.plugin)
        waiting = threading.Thread(target=self._await_exit, args=(worker,), daemon=True)
        try:
            waiting.start()
        except RuntimeError:
            worker.kill()
            worker.wait()
            worker.clean_up()
            raise
        pool.workers[worker_id] = worker
        self._started_at[worker_id] = time.monotonic()

    def _await_exit(self, worker: WorkerHandle) -> None:
        self._exits.put(Exit(worker, worker.wait()))
        self._on_exit()

    def _handle_exit(self, exit_: Exit) -> None:
        worker = exit_.handle
        pool = self._pools[worker.job_type]
        status = self._registry.worker_status(worker.worker_id)
        claimed = self._registry.claimed_jobs(worker.worker_id)
        expected = status == "stopped" or worker.worker_id in self._dismissed
        # A worker that abandoned its job had claimed one, which another may hold by now.
        expected = expected or exit_.exit_code == EXIT_JOB_ABANDONED
        log.info("worker %s ended with exit code %s", worker.worker_id, exit_.exit_code)
        output = self._output(exit_)
        self._remove(exit_)
        kill_started_by(worker.worker_id)
        worker.clean_up()
        if status != "stopped":
            self._registry.set_worker_status(worker.worker_id, "dead")
        # Whatever its status: it may have died after finishing a job and before recording it.
        self._queue.release_jobs_of(worker.worker_id, [crash_diagnostic(exit_)])
        if claimed:
            pool.failures = 0
            self._delay_after_crash(pool, exit_.exit_code, claimed)
        elif exit_.exit_code == EXIT_DISK_FULL:
            self._give_up(pool, disk_full_diagnostic())  # further ones would end like it
        elif not expected and not self._executor.is_away(worker.job_type):
            self._count_failure(pool, output)

    def _output(self, exit_: Exit) -> str:
        output = exit_.handle.stderr_tail() or f"none (exit code {exit_.exit_code})"
        if exit_.handle.worker_id in self._not_started:
            return f"{output}\n{_NOT_STARTED.format(self._silence_limit)}"
        return output

    def _delay_after_crash(self, pool: Pool, exit_code: int, claimed: int) -> None:
        """Delays replacements: none for the first crash, longer with each further one."""
        if exit_code in (0, EXIT_JOB_ABANDONED) or claimed > 1:
            pool.crashes = 0
        if exit_code in (0, EXIT_JOB_ABANDONED):
            return
        wait = min(_MAX_BACK_OFF_SECONDS, _BACK_OFF_SECONDS * pool.crashes)
        pool.not_before = time.monotonic() + wait
        pool.crashes += 1

    def _count_failure(self, pool: Pool, stderr_tail: str) -> None:
        pool.failures += 1
        pool.not_before = time.monotonic() + _BACK_OFF_SECONDS * pool.failures
        if pool.failures < MAX_FAILURES:
            return
        reason = start_failure_diagnostic(pool.plugin, pool.job_type, pool.failures, stderr_tail)
        self._give_up(pool, reason)

    def _give_up(self, pool: Pool, reason: Diagnostic) -> None:
        """Starts no more workers than there are."""
        if pool.workers:
            pool.size = len(pool.workers)  # there may be memory for these, though not for more
        else:
            self._break(pool, reason)

    def _break(self, pool: Pool, reason: Diagnostic) -> None:
        pool.broken = reason
        self._on_broken(pool.job_type, reason)

    def _kill_unresponsive(self) -> None:
        """Kills workers without heartbeats, such as stopped ones or ones blocked in native code."""
        heartbeats = self._registry.heartbeats(self._options.build_id) if self.workers else {}
        now = time.monotonic()
        if now - self._heartbeats_read_at > self._options.lease_seconds:
            self._heartbeats.clear()  # this process, and maybe all others, were suspended
            self._started_at.clear()
        self._heartbeats_read_at = now
        for worker in self.workers:
            leases = (now - self._last_sign(worker, heartbeats, now)) / self._options.lease_seconds
            if leases > _UNRESPONSIVE_LEASES or (leases > _STOPPED_LEASES and worker.is_stopped()):
                log.warning("killing unresponsive worker %s", worker.worker_id)
                if worker.worker_id not in heartbeats:
                    self._not_started.add(worker.worker_id)
                worker.kill()

    def kill_stopped(self) -> None:
        """Kills workers that are stopped at two calls: one may hold the lock that is waited for."""
        before = self._stopped
        self._stopped = {worker.worker_id for worker in self.workers if worker.is_stopped()}
        for worker in self.workers:
            if worker.worker_id in before & self._stopped:
                log.warning("killing stopped worker %s: a database is locked", worker.worker_id)
                worker.kill()

    @property
    def _silence_limit(self) -> float:
        return _UNRESPONSIVE_LEASES * self._options.lease_seconds

    def _last_sign(
        self, worker: WorkerHandle, heartbeats: Mapping[str, float], now: float
    ) -> float:
        """The time of the worker's last heartbeat; before the first one, that of its start."""
        sent_at = heartbeats.get(worker.worker_id)
        if sent_at is None:
            return self._started_at.setdefault(worker.worker_id, now)
        last = self._heartbeats.get(worker.worker_id)
        if last is None or last.sent_at != sent_at:
            last = self._heartbeats[worker.worker_id] = _LastHeartbeat(sent_at, now)
        return last.seen_at

    def _remove(self, exit_: Exit) -> None:
        del self._pools[exit_.handle.job_type].workers[exit_.handle.worker_id]
        self._heartbeats.pop(exit_.handle.worker_id, None)
        self._started_at.pop(exit_.handle.worker_id, None)
        self._dismissed.discard(exit_.handle.worker_id)
        self._not_started.discard(exit_.handle.worker_id)
