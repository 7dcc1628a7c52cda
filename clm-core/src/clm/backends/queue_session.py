"""Session of a build with the embedded backend: its queue, cache and workers."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import count

from attrs import define, evolve, field, frozen

from clm.backends.backend import BackendContext, EndedJob
from clm.backends.persistent_pool import PersistentPool
from clm.backends.stall_detection import StallDetector
from clm.backends.wakeup_event import WakeupEvent
from clm.database.cache.maintenance import keep_within
from clm.database.cache.results import ResultsCache
from clm.database.queue.job_queue import JobQueue, JobRow, QueuedJob, open_queue
from clm.database.queue.pools import PoolRegistry
from clm.database.queue.registry import Registry
from clm.errors import BuildStalledError, Diagnostic
from clm.jobs.queued_inputs import PendingInput, QueuedInput, dump_inputs
from clm.jobs.request import JobRequest
from clm.jobs.serialization import load_diagnostics
from clm.jobs.status import JobStatus
from clm.jobs.structuring import canonical_json
from clm.jobs.submitted import SubmittedJob
from clm.jobs.tools import tools_in
from clm.jobs.work import JobProgress
from clm.limits import Limits
from clm.workers.folders import remove_tree, work_folder
from clm.workers.log_files import prune_logs
from clm.workers.pool.executors import ChosenExecutors
from clm.workers.pool.manager import PoolManager
from clm.workers.process_tree import kill_started_by
from clm.workers.wakeup import WakeupSender
from clm.workers.worker.options import GRACE_SECONDS, HEARTBEAT_SECONDS, WorkerOptions


class QueueNames:
    """Unique queue names for the jobs of a session, in which request ids may recur."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._times: Counter[str] = Counter()

    def __getitem__(self, request_id: str) -> str:
        """The name of the request's newest job."""
        return self._names[request_id]

    def assign(self, request_id: str) -> str:
        """Assigns and returns an unused name for the request's next job."""
        numbers = count(self._times[request_id] + 1)
        named = ((n, request_id if n == 1 else f"{request_id} ({n})") for n in numbers)
        self._times[request_id], name = next(
            (number, name) for number, name in named if not self._is_taken(name)
        )
        self._names[request_id] = name
        return name

    def _is_taken(self, name: str) -> bool:
        """Whether a job had that name; computed, since a list of all names would grow."""
        request_id, _, number = name.removesuffix(")").rpartition(" (")
        return name in self._times or (
            number.isdecimal() and int(number) <= self._times[request_id]
        )


_KEPT_LOGS = 200
_STOP_SECONDS = 2.0
# A worker learns of a cancellation with its next heartbeat. In watch mode the author waits for
# the job that superseded it, so heartbeats are frequent and the grace time is short.
_SUPERSEDED_SECONDS = 0.5
_LEASE_ENDED = Diagnostic(
    "its worker did not renew the lease in time; no attempts are left",
    hint="the converter hangs on this file, or the machine was suspended; build again",
)


@frozen
class _Submitted:
    """A submitted job that has not ended: its id in the queue, and its request."""

    job_id: int
    request: JobRequest


@define(eq=False)
class QueueSession:
    """Submits jobs to the queue, manages the workers and reports how the jobs end.

    `persistent_pool` may run some of the jobs and does not end with the build; `resources` closes
    everything that the session has opened.
    """

    context: BackendContext
    build_id: str
    queue: JobQueue
    cache: ResultsCache
    registry: Registry
    sender: WakeupSender
    wake_up: WakeupEvent
    pools: PoolManager
    persistent_pool: PersistentPool
    resources: ExitStack
    _names: QueueNames = field(factory=QueueNames, init=False)
    _submitted: dict[str, _Submitted] = field(factory=dict, init=False)
    _started: dict[int, int] = field(factory=dict, init=False)
    _progress: dict[str, JobProgress] = field(factory=dict, init=False)
    _to_report: deque[JobRow] = field(factory=deque, init=False)

    @classmethod
    async def open(
        cls, context: BackendContext, build_id: str, limits: Limits, executors: ChosenExecutors
    ) -> QueueSession:
        """Opens the databases and cleans up after dead builds; starts no worker yet."""
        paths = context.paths
        with ExitStack() as stack:
            queue = stack.enter_context(open_queue(paths.jobs_db))
            cache = stack.enter_context(ResultsCache(paths.cache_db))
            stack.callback(keep_within, cache, limits.cache_size)
            sender = WakeupSender()
            stack.callback(sender.close)
            wake_up = WakeupEvent()
            stack.callback(wake_up.close)
            registry = Registry(queue)
            orphans = registry.sweep_dead_builds()
            if orphans:
                kill_started_by(*orphans)
            registry.prune(limits.kept_builds)
            prune_logs(paths.logs, keep=_KEPT_LOGS)
            registry.add_build(build_id, wake_up.address)
            stack.callback(registry.finish_build, build_id)
            stack.callback(remove_tree, work_folder(paths.work, build_id))
            pools = _pool_manager(context, executors, build_id, limits, queue, wake_up)
            cache.on_wait(pools.kill_stopped)
            persistent = PersistentPool(
                build_id,
                PoolRegistry(queue),
                context.lease_seconds,
                # Its workers have not loaded the plugins of the course.
                enabled=not context.plugins.local,
            )
            opened = cls(
                context, build_id, queue, cache, registry, sender, wake_up, pools, persistent, stack
            )
            stack.callback(opened._stop)
            opened.resources = stack.pop_all()
            return opened

    def close(self) -> None:
        """Stops the workers and releases all resources."""
        self.resources.close()

    def add(self, jobs: Iterable[SubmittedJob]) -> None:
        """Submits the jobs, each of which follows the jobs that it needs."""
        jobs = list(jobs)
        for job in jobs:
            self._names.assign(job.request.id)
        ids = self.queue.add_jobs([self._new_job(job) for job in jobs])
        for job, job_id in zip(jobs, ids, strict=True):
            self._submitted[self._names[job.request.id]] = _Submitted(job_id, job.request)
        # A pool's workers always use the cache, and would run jobs of all types here.
        if self.context.use_cache and not self.context.executors():
            tools = {job.request.job_type: tools_in(job.fingerprint) for job in jobs}
            self.persistent_pool.attach(tools)
        self.pools.tick(self._open_for_own_workers())
        self.sender.send(self.registry.idle_addresses(self.build_id))
        self.sender.send(self.registry.idle_addresses(self.persistent_pool.pool_id))
        self.sender.send(self.persistent_pool.addresses)

    def _open_for_own_workers(self) -> dict[str, int]:
        served = self.persistent_pool.served()
        counts = self.queue.count_open(self.build_id)
        return {job_type: jobs for job_type, jobs in counts.items() if job_type not in served}

    def cancel(self, ids: Iterable[str]) -> None:
        """Cancels the jobs of these requests; their ends are not reported."""
        for request_id in ids:
            submitted = self._submitted.pop(self._names[request_id], None)
            if submitted is None:
                continue  # it has ended
            self.queue.cancel_job(submitted.job_id)
            self.sender.send([self.registry.control_address_of_job(submitted.job_id)])
            self._started.pop(submitted.job_id, None)

    async def wait_for_completion(self) -> None:
        """Waits until every job has ended and its end has been reported.

        Raises:
            BuildStalledError: there was no progress within the stall limit.
        """
        stall_detector = StallDetector(self.context.stall_limit)
        while self._submitted:
            self.queue.rescue_expired([_LEASE_ENDED])
            next_tick_in = self.pools.tick(self._open_for_own_workers())
            moved = self._notice_started() | self._notice_progress()
            moved |= await self._collect()
            cpu_seconds = self.registry.cpu_seconds(self.build_id, self.persistent_pool.pool_id)
            if stall_detector.is_stalled(moved, cpu_seconds):
                raise self._stalled()
            if self._submitted:
                await self.wake_up.wait(min(next_tick_in or 60.0, self.context.poll_interval))

    def _stop(self) -> None:
        # The results of interrupted jobs would not be used: their workers get no grace time.
        interrupted = bool(self._submitted)
        grace = _SUPERSEDED_SECONDS if self.context.keep_workers else _STOP_SECONDS
        self.pools.stop(grace_seconds=0.0 if interrupted else grace)
        pool_workers = self.registry.control_addresses(self.build_id)
        if self.queue.cancel_build(self.build_id):
            self.sender.send(pool_workers)

    def _new_job(self, job: SubmittedJob) -> QueuedJob:
        request = job.request
        inputs = [self._as_queued(item) for item in job.inputs]
        return QueuedJob(
            build_id=self.build_id,
            request_id=self._names[request.id],
            job_type=request.job_type,
            payload=job.envelope,
            fingerprint=job.fingerprint,
            inputs=dump_inputs(inputs),
            outputs=canonical_json([output.name for output in request.outputs]),
            source=request.source,
            correlation_id=job.correlation_id,
            priority=request.priority,
            max_attempts=request.max_attempts,
            needs=tuple(sorted({i.producer for i in inputs if isinstance(i, PendingInput)})),
        )

    def _as_queued(self, item: QueuedInput) -> QueuedInput:
        if isinstance(item, PendingInput):
            return evolve(item, producer=self._names[item.producer])
        return item

    async def _collect(self) -> bool:
        # Held until reported: the build may be cancelled while the observer handles one of them.
        self._to_report.extend(self.queue.collect_finished(self.build_id))
        moved = bool(self._to_report)
        while self._to_report:
            finished = self._to_report.popleft()
            self._started.pop(finished.id, None)
            self._progress.pop(finished.request_id, None)
            submitted = self._submitted.pop(finished.request_id, None)
            # None: it was cancelled, or an operator has requeued it and it ends a second time.
            if submitted is not None:
                end = self._end(submitted.request, finished)
                await self.context.observer.job_ended(end)
        return moved

    def _notice_started(self) -> bool:
        moved = False
        for job_id, (attempt, name) in self.queue.processing(self.build_id).items():
            if name in self._submitted and self._started.get(job_id) != attempt:
                self._started[job_id] = attempt
                moved = True
                self.context.observer.job_started(self._submitted[name].request)
        return moved

    def _notice_progress(self) -> bool:
        moved = False
        for name, progress in self.registry.progress(self.build_id).items():
            if name in self._submitted and self._progress.get(name) != progress:
                self._progress[name] = progress
                moved = True
                self.context.observer.job_progressed(self._submitted[name].request, progress)
        return moved

    def _end(self, request: JobRequest, finished: JobRow) -> EndedJob:
        result = self.cache.check_cache(finished.result_key) if finished.result_key else None
        if finished.status is JobStatus.COMPLETED and result is None:
            missing = Diagnostic("its result is no longer in the results cache", hint="build again")
            return EndedJob(request, JobStatus.FAILED, None, (missing,), finished.work)
        diagnostics = load_diagnostics(finished.error) if finished.error else ()
        return EndedJob(request, finished.status, result, diagnostics, finished.work)

    def _stalled(self) -> BuildStalledError:
        processing = self.queue.processing(self.build_id).values()
        running = [self._submitted[name] for _, name in processing if name in self._submitted]
        sources = sorted(job.request.source for job in running)
        at = f" at {', '.join(sources[:5])}" if sources else ""
        return BuildStalledError(
            f"no progress for {self.context.stall_limit:g} seconds{at}",
            hint=f"a converter hangs: see the logs in {self.context.paths.logs}; "
            "to wait longer, raise --stall-limit",
        )


def _pool_manager(
    context: BackendContext,
    executors: ChosenExecutors,
    build_id: str,
    limits: Limits,
    queue: JobQueue,
    wake_up: WakeupEvent,
) -> PoolManager:
    paths = context.paths
    options = WorkerOptions(
        worker_id="",
        build_id=build_id,
        job_type="",
        executor="",
        db_path=paths.jobs_db,
        cache_path=paths.cache_db,
        work_folder=work_folder(paths.work, build_id),
        builder_address=wake_up.address,
        use_cache=context.use_cache,
        poll_seconds=context.poll_interval,
        lease_seconds=context.lease_seconds,
        heartbeat_seconds=_heartbeat_seconds(context),
        grace_seconds=_SUPERSEDED_SECONDS if context.keep_workers else GRACE_SECONDS,
        log_level=context.log_level,
        max_jobs=limits.worker_jobs,
        max_memory=limits.worker_memory,
        hung_after=limits.hung_after,
        job_limit=limits.job_limit,
        local_plugins=context.plugins.local,
    )
    return PoolManager(
        context.plugins,
        executors,
        queue,
        options,
        context.jobs,
        on_exit=wake_up.from_thread,
        keep=context.keep_workers,
    )


def _heartbeat_seconds(context: BackendContext) -> float:
    # Several within a lease, and within a window of the stall detection.
    usual = _SUPERSEDED_SECONDS if context.keep_workers else HEARTBEAT_SECONDS
    return min(usual, context.lease_seconds / 4, context.stall_limit / 8)
