"""The embedded default: jobs through the SQLite queue to worker processes of this machine."""

from __future__ import annotations

import asyncio
import shutil
import time
import uuid
from typing import Self

from clm.backends.backend import BackendContext, JobEnd, Operation, RunJobs, SubmittedJob
from clm.backends.local_ops import LocalOpsBackend
from clm.backends.queue_file import open_queue
from clm.backends.wake_up import WakeUp
from clm.database.cache import DatabaseManager
from clm.database.job_queue import FinishedJob, JobQueue, NewJob
from clm.database.registry import Registry
from clm.errors import BuildStalledError, Diagnostic
from clm.jobs.queued_inputs import dump_inputs
from clm.jobs.request import JobRequest
from clm.jobs.serialization import load_diagnostics
from clm.jobs.status import JobStatus
from clm.jobs.structuring import canonical_json
from clm.workers.executor import DirectWorkerExecutor
from clm.workers.nudge import NudgeSender
from clm.workers.pool_manager import PoolManager
from clm.workers.worker_options import WorkerOptions

_KEPT_BUILDS = 10
_STOP_SECONDS = 2.0
_LEASE_ENDED = Diagnostic(
    "its worker did not answer until the lease ended; no attempts are left",
    hint="the converter hangs on this file, or the machine was asleep; build again",
)


class SqliteBackend(LocalOpsBackend):
    """Submits jobs to the queue, keeps the pools of workers, collects what they finish."""

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self.build_id = uuid.uuid4().hex[:12]
        self._requests: dict[str, JobRequest] = {}
        self._started: dict[int, int] = {}
        self._open = 0
        self._is_open = False

    async def __aenter__(self) -> Self:
        paths = self.context.paths
        self._queue = open_queue(paths.jobs_db)
        self._cache = DatabaseManager(paths.cache_db)
        self._registry = Registry(self._queue)
        self._sender = NudgeSender()
        self._wake_up = await WakeUp.open()
        self._is_open = True
        for dead in self._registry.sweep_dead_builds():
            shutil.rmtree(paths.work / dead, ignore_errors=True)
        self._registry.prune(_KEPT_BUILDS)
        self._registry.add_build(self.build_id, self._wake_up.address)
        self._pools = self._pool_manager(self._queue)
        return self

    async def execute_operation(self, operation: Operation) -> None:
        if not isinstance(operation, RunJobs):
            await super().execute_operation(operation)
            return
        self._requests |= {job.request.id: job.request for job in operation.jobs}
        self._queue.add_jobs([self._new_job(job) for job in operation.jobs])
        self._open += len(operation.jobs)
        self._pools.tick(self._queue.count_open(self.build_id))
        self._sender.send(self._registry.idle_addresses(self.build_id))

    async def wait_for_completion(self) -> None:
        movement = _Movement(self.context.stall_limit)
        while self._open:
            self._queue.rescue_expired([_LEASE_ENDED])
            wish = self._pools.tick(self._queue.count_open(self.build_id))
            moved = self._notice_started()
            for finished in self._queue.collect_finished(self.build_id):
                moved = True
                self._open -= 1
                await self.context.observer.job_ended(self._end(finished))
            movement.observe(moved, self._registry.cpu_seconds(self.build_id))
            if self._open:
                await self._wake_up.wait(min(wish or 60.0, self.context.poll_interval))

    async def shutdown(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        # Workers in the middle of a job do nothing that anyone will see: they need no grace.
        interrupted = self._open > 0
        if interrupted:
            self._queue.cancel_build(self.build_id)
        self._pools.stop(grace_seconds=0.0 if interrupted else _STOP_SECONDS)
        self._registry.finish_build(self.build_id)
        self._wake_up.close()
        self._sender.close()
        self._queue.close()
        self._cache.close()
        await asyncio.to_thread(
            shutil.rmtree, self.context.paths.work / self.build_id, ignore_errors=True
        )

    def _pool_manager(self, queue: JobQueue) -> PoolManager:
        paths = self.context.paths
        options = WorkerOptions(
            worker_id="",
            build_id=self.build_id,
            job_type="",
            executor="",
            db_path=paths.jobs_db,
            cache_path=paths.cache_db,
            work_folder=paths.work / self.build_id,
            builder_address=self._wake_up.address,
            use_cache=self.context.use_cache,
            poll_seconds=self.context.poll_interval,
            log_level=self.context.log_level,
        )
        return PoolManager(
            self.context.plugins,
            DirectWorkerExecutor(paths.logs),
            queue,
            options,
            self.context.jobs,
            on_exit=self._wake_up.from_thread,
        )

    def _new_job(self, job: SubmittedJob) -> NewJob:
        request = job.request
        return NewJob(
            build_id=self.build_id,
            request_id=request.id,
            job_type=request.job_type,
            payload=job.envelope,
            fingerprint=job.fingerprint,
            inputs=dump_inputs(job.inputs),
            outputs=canonical_json([output.name for output in request.outputs]),
            source=request.source,
            correlation_id=job.correlation_id,
            priority=request.priority,
            max_attempts=request.max_attempts,
            needs=tuple(sorted(request.producers & self._requests.keys())),
        )

    def _notice_started(self) -> bool:
        moved = False
        for job_id, (attempt, request_id) in self._queue.processing(self.build_id).items():
            if self._started.get(job_id) != attempt:
                self._started[job_id] = attempt
                moved = True
                self.context.observer.job_started(self._requests[request_id])
        return moved

    def _end(self, finished: FinishedJob) -> JobEnd:
        request = self._requests[finished.request_id]
        result = self._cache.check_cache(finished.result_key) if finished.result_key else None
        if finished.status is JobStatus.COMPLETED and result is None:
            lost = Diagnostic("its result has vanished from the results cache", hint="build again")
            return JobEnd(request, JobStatus.FAILED, None, (lost,), finished.seconds)
        said = load_diagnostics(finished.error) if finished.error else ()
        return JobEnd(request, finished.status, result, said, finished.seconds)


class _Movement:
    """Notices when nothing has moved for too long: no job began or ended, no CPU was used."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._last = time.monotonic()
        self._cpu_seconds = 0.0

    def observe(self, moved: bool, cpu_seconds: float) -> None:
        now = time.monotonic()
        if moved or abs(cpu_seconds - self._cpu_seconds) > 0.1:
            self._last = now
            self._cpu_seconds = cpu_seconds
        elif now - self._last > self._limit:
            raise BuildStalledError(
                f"nothing has moved for {self._limit:.0f} seconds",
                hint="a converter hangs: the logs in .clm/logs may say where; "
                "--stall-limit waits longer",
            )
