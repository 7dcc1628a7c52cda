"""What a build with the embedded backend has once there are jobs: the queue and its workers."""

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
from clm.jobs.work import JobProgress
from clm.limits import Limits
from clm.workers.folders import remove_tree, work_folder
from clm.workers.log_files import prune_logs
from clm.workers.pool.executor import DirectWorkerExecutor
from clm.workers.pool.manager import PoolManager
from clm.workers.process_tree import kill_started_by
from clm.workers.wakeup import WakeupSender
from clm.workers.worker.options import GRACE_SECONDS, HEARTBEAT_SECONDS, WorkerOptions


class QueueNames:
    """The newest name of each request id, and new ones that no job of the session has had."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._times: Counter[str] = Counter()

    def __getitem__(self, request_id: str) -> str:
        """The name that the request's job was given last."""
        return self._names[request_id]

    def give(self, request_id: str) -> str:
        """A new name for the request's job."""
        numbers = count(self._times[request_id] + 1)
        named = ((n, request_id if n == 1 else f"{request_id} ({n})") for n in numbers)
        self._times[request_id], name = next(
            (number, name) for number, name in named if not self._is_taken(name)
        )
        self._names[request_id] = name
        return name

    def _is_taken(self, name: str) -> bool:
        """Whether a job had that name; without a list of all names, since sessions may be long."""
        request_id, _, number = name.removesuffix(")").rpartition(" (")
        return name in self._times or (
            number.isdecimal() and int(number) <= self._times[request_id]
        )


_KEPT_LOGS = 200
_STOP_SECONDS = 2.0
# A worker learns with its next heartbeat that its job was cancelled. Where an author waits for
# what took the job's place that has to be soon, and so has the end of a job that does not listen.
_SUPERSEDED_SECONDS = 0.5
_LEASE_ENDED = Diagnostic(
    "its worker did not answer until the lease ended; no attempts are left",
    hint="the converter hangs on this file, or the machine was asleep; build again",
)


@frozen
class _Submitted:
    """A job as the queue knows it, until it has ended."""

    job_id: int
    request: JobRequest


@define(eq=False)
class QueueSession:
    """Submits jobs to the queue, has workers do them and tells the build how they end.

    `kept` is a pool that does not end with the build and may do some of the jobs, `resources`
    closes all that the session holds.
    """

    context: BackendContext
    build_id: str
    queue: JobQueue
    cache: ResultsCache
    registry: Registry
    sender: WakeupSender
    wake_up: WakeupEvent
    pools: PoolManager
    kept: PersistentPool
    resources: ExitStack
    _names: QueueNames = field(factory=QueueNames, init=False)
    _submitted: dict[str, _Submitted] = field(factory=dict, init=False)
    _started: dict[int, int] = field(factory=dict, init=False)
    _progress: dict[str, JobProgress] = field(factory=dict, init=False)
    _to_tell: deque[JobRow] = field(factory=deque, init=False)

    @classmethod
    async def open(cls, context: BackendContext, build_id: str, limits: Limits) -> QueueSession:
        """Opens the databases and sweeps up after dead builds; starts no worker yet."""
        paths = context.paths
        with ExitStack() as stack:
            queue = stack.enter_context(open_queue(paths.jobs_db))
            cache = stack.enter_context(ResultsCache(paths.cache_db))
            stack.callback(keep_within, cache, limits.cache_size)
            sender = WakeupSender()
            stack.callback(sender.close)
            wake_up = await WakeupEvent.open()
            stack.callback(wake_up.close)
            registry = Registry(queue)
            left = registry.sweep_dead_builds()
            if left:
                kill_started_by(*left)
            registry.prune(limits.kept_builds)
            prune_logs(paths.logs, keep=_KEPT_LOGS)
            registry.add_build(build_id, wake_up.address)
            stack.callback(registry.finish_build, build_id)
            stack.callback(remove_tree, work_folder(paths.work, build_id))
            pools = _pool_manager(context, build_id, limits, queue, wake_up)
            kept = PersistentPool(build_id, PoolRegistry(queue), context.lease_seconds)
            opened = cls(
                context, build_id, queue, cache, registry, sender, wake_up, pools, kept, stack
            )
            stack.callback(opened._stop)
            opened.resources = stack.pop_all()
            return opened

    def close(self) -> None:
        """Stops the workers and releases everything."""
        self.resources.close()

    def add(self, jobs: Iterable[SubmittedJob]) -> None:
        """Submits the jobs, each after those that it needs."""
        jobs = list(jobs)
        for job in jobs:
            self._names.give(job.request.id)
        ids = self.queue.add_jobs([self._new_job(job) for job in jobs])
        for job, job_id in zip(jobs, ids, strict=True):
            self._submitted[self._names[job.request.id]] = _Submitted(job_id, job.request)
        if self.context.use_cache:  # as a pool's workers always do
            self.kept.attach({job.request.job_type: job.fingerprint for job in jobs})
        self.pools.tick(self._open_for_own_workers())
        self.sender.send(self.registry.idle_addresses(self.build_id))
        self.sender.send(self.registry.idle_addresses(self.kept.pool_id))
        self.sender.send(self.kept.addresses)

    def _open_for_own_workers(self) -> dict[str, int]:
        served = self.kept.served()
        counts = self.queue.count_open(self.build_id)
        return {job_type: jobs for job_type, jobs in counts.items() if job_type not in served}

    def cancel(self, ids: Iterable[str]) -> None:
        """Ends the jobs of these requests; nothing is told of them any more."""
        for request_id in ids:
            submitted = self._submitted.pop(self._names[request_id], None)
            if submitted is None:
                continue  # it has ended
            self.queue.cancel_job(submitted.job_id)
            self.sender.send([self.registry.control_address_at(submitted.job_id)])
            self._started.pop(submitted.job_id, None)

    async def wait_for_completion(self) -> None:
        """Returns when every job has ended and its end has been told.

        Raises:
            BuildStalledError: nothing has moved for the stall limit.
        """
        stall_detector = StallDetector(self.context.stall_limit)
        while self._submitted:
            self.queue.rescue_expired([_LEASE_ENDED])
            next_tick_in = self.pools.tick(self._open_for_own_workers())
            moved = self._notice_started() | self._notice_progress()
            moved |= await self._collect()
            cpu_seconds = self.registry.cpu_seconds(self.build_id, self.kept.pool_id)
            if stall_detector.is_stalled(moved, cpu_seconds):
                raise self._stalled()
            if self._submitted:
                await self.wake_up.wait(min(next_tick_in or 60.0, self.context.poll_interval))

    def _stop(self) -> None:
        # Workers in the middle of a job do nothing that anyone will see: they need no grace.
        interrupted = bool(self._submitted)
        grace = _SUPERSEDED_SECONDS if self.context.keep_workers else _STOP_SECONDS
        self.pools.stop(grace_seconds=0.0 if interrupted else grace)
        kept_workers = self.registry.control_addresses(self.build_id)
        if self.queue.cancel_build(self.build_id):
            self.sender.send(kept_workers)

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
        # Kept until told: the build may be cancelled while it hears of one of them.
        self._to_tell.extend(self.queue.collect_finished(self.build_id))
        moved = bool(self._to_tell)
        while self._to_tell:
            finished = self._to_tell.popleft()
            self._started.pop(finished.id, None)
            self._progress.pop(finished.request_id, None)
            submitted = self._submitted.pop(finished.request_id, None)
            # None: it was cancelled, or an operator has opened it again and it ends a second time.
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
            lost = Diagnostic("its result has vanished from the results cache", hint="build again")
            return EndedJob(request, JobStatus.FAILED, None, (lost,), finished.work)
        said = load_diagnostics(finished.error) if finished.error else ()
        return EndedJob(request, finished.status, result, said, finished.work)

    def _stalled(self) -> BuildStalledError:
        processing = self.queue.processing(self.build_id).values()
        mine = [self._submitted[name] for _, name in processing if name in self._submitted]
        sources = sorted(job.request.source for job in mine)
        at = f" at {', '.join(sources[:5])}" if sources else ""
        return BuildStalledError(
            f"nothing has moved for {self.context.stall_limit:g} seconds{at}",
            hint=f"a converter hangs: the logs in {self.context.paths.logs} may say where; "
            "--stall-limit waits longer",
        )


def _pool_manager(
    context: BackendContext, build_id: str, limits: Limits, queue: JobQueue, wake_up: WakeupEvent
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
    )
    return PoolManager(
        context.plugins,
        DirectWorkerExecutor(paths.logs),
        queue,
        options,
        context.jobs,
        on_exit=wake_up.from_thread,
        keep=context.keep_workers,
    )


def _heartbeat_seconds(context: BackendContext) -> float:
    # Several within a lease, and within the time in which the CPU time of a job must show.
    usual = _SUPERSEDED_SECONDS if context.keep_workers else HEARTBEAT_SECONDS
    return min(usual, context.lease_seconds / 4, context.stall_limit / 8)
