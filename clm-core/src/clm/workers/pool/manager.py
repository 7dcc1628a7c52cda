"""The pool manager: starts the workers that a build needs, and sees to it that they live.

It learns which pools there are from the job types that have work. A thread for each worker
waits for its end, so an exit is seen at once; everything else happens in `tick`, which the
build's own thread calls whenever it is woken.
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

from attrs import define, evolve, field, frozen

from clm.database.queue.job_queue import JobQueue
from clm.database.queue.registry import Registry
from clm.errors import Diagnostic
from clm.plugins import PluginRegistry
from clm.workers.pool.executor import WorkerExecutor, WorkerHandle
from clm.workers.pool.memory import available_memory
from clm.workers.process_tree import kill_started_by
from clm.workers.worker.options import EXIT_GAVE_UP, WorkerOptions

log = logging.getLogger(__name__)

MAX_FAILURES = 3
_BACK_OFF_SECONDS = 0.25
_LONGEST_BACK_OFF = 2.0
_SPARE_SECONDS = 10.0
_USUAL_BYTES = 150_000_000  # of a worker of whose type none has been seen
_SILENT_LEASES = 4  # a worker that is silent for so long is not going to speak again
_KILL_SECONDS = 5.0


@frozen
class Ended:
    """A worker that has ended, with its exit code."""

    handle: WorkerHandle
    exit_code: int


@define
class Pool:
    """The workers of one job type.

    `failures` counts the workers in a row that ended without having taken a job, `crashes` those
    that died at one. `needless_since` is since when there are more than are needed; `broken` says
    why no worker can be had any more.
    """

    job_type: str
    plugin: str
    size: int = 0
    workers: dict[str, WorkerHandle] = field(factory=dict)
    failures: int = 0
    crashes: int = 0
    not_before: float = 0.0
    needless_since: float | None = None
    broken: Diagnostic | None = None


@define
class _Pulse:
    """A worker's last heartbeat, and when this process first saw it: no clock is compared."""

    heartbeat_at: float
    seen: float


class PoolManager:
    """The pools of one build. All methods are for the build's thread."""

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
    ) -> None:
        """`options` are those of all workers (id and job type are filled in), `limit` the most
        workers of all pools together, but that each pool with open jobs has one; `on_exit` is
        called, from another thread, when a worker ends.

        With `keep` workers that no job is to come for stay until they are stopped; else those
        beyond `minimum` go after `idle_seconds`. `on_broken` is told, with the job type, that no
        worker of it can be had; by default the build's jobs of that type fail. `available` says
        how many bytes of memory there are for further workers.
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
        self._pools: dict[str, Pool] = {}
        self._ended: thread_queue.SimpleQueue[Ended] = thread_queue.SimpleQueue()
        self._dismissed: set[str] = set()
        self._pulses: dict[str, _Pulse] = {}
        self._looked_at_pulses = time.monotonic()

    @property
    def workers(self) -> list[WorkerHandle]:
        """The workers that have been started and not been seen to end."""
        return [worker for pool in self._pools.values() for worker in pool.workers.values()]

    def tick(self, open_jobs: Mapping[str, int]) -> float | None:
        """Sees to exits and brings every pool to the size that its open jobs call for.

        Returns after how many seconds it wants to be called again, None for no wish.
        """
        while not self._ended.empty():
            self._handle_exit(self._ended.get())
        self._kill_silent()
        for worker in self.workers:
            worker.rotate_log()
        if not self._keep:
            self._dismiss_needless(open_jobs)
        # What others wait for comes first.
        job_types = sorted(open_jobs, key=lambda name: self._plugins.job_type(name).stage)
        waits = [self._fill(job_type, open_jobs) for job_type in job_types]
        return min((wait for wait in waits if wait), default=None)

    def stop(self, *, grace_seconds: float) -> None:
        """Ends all workers: asks, waits for the grace time, kills."""
        workers = self.workers
        worker_ids = [worker.worker_id for worker in workers]
        if grace_seconds > 0:
            for worker in self.workers:
                worker.request_stop()
            self._await_ends(grace_seconds)
        for worker in self.workers:
            worker.kill()
        if worker_ids:
            # Also where all have ended as asked: a converter may leave its tools behind.
            kill_started_by(*worker_ids)
        self._await_ends(_KILL_SECONDS)
        for worker in workers:
            worker.clean_up()

    def _await_ends(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.workers and (left := deadline - time.monotonic()) > 0:
            with suppress(thread_queue.Empty):
                self._forget(self._ended.get(timeout=left))

    def _dismiss_needless(self, open_jobs: Mapping[str, int]) -> None:
        """Lets workers go that have no job to come: their tools hold memory that others need."""
        now = time.monotonic()
        for pool in self._pools.values():
            needed = max(self._minimum, open_jobs.get(pool.job_type, 0))
            staying = pool.workers.keys() - self._dismissed
            if len(staying) <= needed:
                pool.needless_since = None
                continue
            if pool.needless_since is None:
                pool.needless_since = now
            # Where others are at work theirs may come back: another worker for it would be dear.
            patience = _SPARE_SECONDS if open_jobs.get(pool.job_type) else 0.0
            if now - pool.needless_since >= max(self._idle_seconds, patience):
                self._dismiss(pool, staying, needed)

    def _dismiss(self, pool: Pool, staying: Set[str], needed: int) -> None:
        """Asks workers to end, until only as many stay as are needed; none that is at a job."""
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
            # Again: a job may have come back from a worker that has died meanwhile.
            self._on_broken(job_type, pool.broken)
            return None
        wait = pool.not_before - time.monotonic()
        if wait > 0:
            return wait
        for _ in range(self._wanted(pool, open_jobs)):
            try:
                self._start_worker(pool)
            except OSError as error:
                self._count_failure(pool, f"{type(error).__name__}: {error}")
                return _BACK_OFF_SECONDS
        return None

    def _wanted(self, pool: Pool, open_jobs: Mapping[str, int]) -> int:
        """How many further workers the work calls for, and cores and memory have room for."""
        jobs = max(open_jobs[pool.job_type], self._minimum)
        first = 0 if pool.workers else 1
        room = self._limit - self._places_of_others(pool, open_jobs) - len(pool.workers)
        wanted = min(min(pool.size, jobs) - len(pool.workers), max(first, room))
        if wanted <= first:
            return wanted
        each = self._registry.largest_worker_memory(pool.job_type) or _USUAL_BYTES
        # Those that are starting have not yet taken what they will.
        reserved = _USUAL_BYTES * sum(w.worker_id not in self._pulses for w in self.workers)
        return max(first, min(wanted, (self._available() - reserved) // each))

    def _places_of_others(self, pool: Pool, open_jobs: Mapping[str, int]) -> int:
        """How many workers other pools have, or are going to have, that are at work."""
        stay_idle = self._keep or self._minimum > 0
        places = {job_type: 1 for job_type, jobs in open_jobs.items() if jobs}
        for other in self._pools.values():
            if other.broken:
                places.pop(other.job_type, None)
            elif other.workers and (other.job_type in places or not stay_idle):
                places[other.job_type] = len(other.workers)
        places.pop(pool.job_type, None)
        return sum(places.values())

    def _fail_pending(self, job_type: str, diagnostic: Diagnostic) -> None:
        self._queue.fail_pending(self._options.build_id, job_type, [diagnostic])

    def _pool(self, job_type: str) -> Pool:
        if job_type not in self._pools:
            declared = self._plugins.job_type(job_type)
            size = min(self._limit, declared.pool_size or self._limit)
            plugin = self._plugins.plugin_of(job_type).name
            self._pools[job_type] = Pool(job_type, plugin, size)
        return self._pools[job_type]

    def _start_worker(self, pool: Pool) -> None:
        worker_id = f"{pool.job_type}-{uuid.uuid4().hex[:8]}"
        options = evolve(
            self._options,
            worker_id=worker_id,
            job_type=pool.job_type,
            executor=self._executor.name,
            work_folder=Path(self._options.work_folder) / worker_id,
        )
        worker = self._executor.start(options, pool.plugin)
        pool.workers[worker_id] = worker
        threading.Thread(
            target=self._await_end, args=(worker,), name=f"await-{worker_id}", daemon=True
        ).start()

    def _await_end(self, worker: WorkerHandle) -> None:
        self._ended.put(Ended(worker, worker.wait()))
        self._on_exit()

    def _handle_exit(self, ended: Ended) -> None:
        worker = ended.handle
        pool = self._pools[worker.job_type]
        status = self._registry.worker_status(worker.worker_id)
        done = self._registry.claimed_jobs(worker.worker_id)
        asked = status == "stopped" or worker.worker_id in self._dismissed
        asked = asked or ended.exit_code == EXIT_GAVE_UP  # it had a job, which is another's now
        log.info("worker %s ended with exit code %s", worker.worker_id, ended.exit_code)
        self._forget(ended)
        kill_started_by(worker.worker_id)
        worker.clean_up()
        if status != "stopped":
            self._registry.set_worker_status(worker.worker_id, "dead")
        # Whatever it says of itself: it may have failed between a job and its end.
        self._queue.release_jobs_of(worker.worker_id, [_died(ended)])
        if done:
            pool.failures = 0
            self._delay_after_crash(pool, ended.exit_code, done)
        elif not asked:
            words = worker.stderr_tail() or f"none (exit code {ended.exit_code})"
            self._count_failure(pool, words)

    def _delay_after_crash(self, pool: Pool, exit_code: int, done: int) -> None:
        """The first replacement comes at once, the next ones later and later."""
        if exit_code in (0, EXIT_GAVE_UP) or done > 1:
            pool.crashes = 0
        if exit_code in (0, EXIT_GAVE_UP):
            return
        wait = min(_LONGEST_BACK_OFF, _BACK_OFF_SECONDS * pool.crashes)
        pool.not_before = time.monotonic() + wait
        pool.crashes += 1

    def _count_failure(self, pool: Pool, stderr_tail: str) -> None:
        pool.failures += 1
        pool.not_before = time.monotonic() + _BACK_OFF_SECONDS * pool.failures
        if pool.failures < MAX_FAILURES:
            return
        if pool.workers:
            pool.size = len(pool.workers)  # memory for one may be there, though not for all
            return
        pool.broken = _does_not_start(pool, stderr_tail)
        self._on_broken(pool.job_type, pool.broken)

    def _kill_silent(self) -> None:
        """Kills workers that are there but say nothing: stopped, or deaf in a converter."""
        heartbeats = self._registry.heartbeats(self._options.build_id) if self.workers else {}
        now = time.monotonic()
        if now - self._looked_at_pulses > self._options.lease_seconds:
            self._pulses.clear()  # this process was stopped or asleep itself, maybe all were
        self._looked_at_pulses = now
        for worker in self.workers:
            at = heartbeats.get(worker.worker_id)
            if at is None:
                continue  # still starting
            pulse = self._pulses.get(worker.worker_id)
            if pulse is None or pulse.heartbeat_at != at:
                self._pulses[worker.worker_id] = _Pulse(at, now)
            elif now - pulse.seen > _SILENT_LEASES * self._options.lease_seconds:
                log.warning("worker %s has not answered for long; it is killed", worker.worker_id)
                worker.kill()

    def _forget(self, ended: Ended) -> None:
        del self._pools[ended.handle.job_type].workers[ended.handle.worker_id]
        self._pulses.pop(ended.handle.worker_id, None)
        self._dismissed.discard(ended.handle.worker_id)


def _died(ended: Ended) -> Diagnostic:
    return Diagnostic(
        f"the worker died while doing it (exit code {ended.exit_code}); no attempts are left",
        hint="memory may have run out, or the converter crashes on this file; "
        f"the log of {ended.handle.worker_id} says more",
        details=ended.handle.stderr_tail(),
    )


def _does_not_start(pool: Pool, stderr_tail: str) -> Diagnostic:
    return Diagnostic(
        f"the workers of plugin {pool.plugin!r} for {pool.job_type!r} do not start "
        f"({pool.failures} tries); their last words: {stderr_tail.splitlines()[-1]}",
        hint="run `clm doctor` to see which tools are missing",
        details=stderr_tail,
    )
