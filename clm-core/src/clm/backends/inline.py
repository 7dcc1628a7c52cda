"""The backend for looking closely: the same jobs, one after the other, in this process."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from clm.backends.backend import (
    BackendContext,
    CancelJobs,
    JobEnd,
    Operation,
    RunJobs,
    SubmittedJob,
)
from clm.backends.leftovers import bound_cache, work_folder
from clm.backends.local_ops import LocalOpsBackend
from clm.database.cache import DatabaseManager
from clm.errors import Diagnostic
from clm.jobs.queued_inputs import PendingInput
from clm.jobs.request import JobRequest
from clm.jobs.result import StoredResult
from clm.jobs.status import JobStatus
from clm.jobs.task import TaskInput
from clm.jobs.work import Work
from clm.jobs.worker import Worker
from clm.limits import Limits
from clm.workers.execution import Failure, TaskRunner, failure_of
from clm.workers.import_string import load
from clm.workers.job_folder import remove_tree

log = logging.getLogger(__name__)


class InlineBackend(LocalOpsBackend):
    """Does the jobs in `wait_for_completion`, in order of priority, without queue or processes.

    A converter that brings its process down brings the build down; nothing is retried.
    """

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self._waiting: list[SubmittedJob] = []
        self._ended: dict[str, StoredResult | None] = {}
        self._workers: dict[str, Worker] = {}
        self._cache = DatabaseManager(context.paths.cache_db)
        self._work_folder = work_folder(context.paths.work, uuid.uuid4().hex[:12])

    async def execute_operation(self, operation: Operation) -> None:
        if isinstance(operation, RunJobs):
            self._waiting.extend(operation.jobs)
        elif isinstance(operation, CancelJobs):
            self._waiting = [job for job in self._waiting if job.request.id not in operation.ids]
        else:
            await super().execute_operation(operation)

    async def wait_for_completion(self) -> None:
        while self._waiting:
            job = self._next()
            self.context.observer.job_started(job.request)
            started, clock = time.time(), time.monotonic()
            result = self._do(job)
            await self._tell(job.request, result, Work(time.monotonic() - clock, started))
            await asyncio.sleep(0)  # a point at which Ctrl-C gets through

    async def shutdown(self) -> None:
        while self._workers:
            job_type, worker = self._workers.popitem()
            try:
                worker.stop()
            except Exception:
                log.exception("the converter of %r failed at its end", job_type)
        if self._ended:
            bound_cache(self._cache, Limits.of())
        self._cache.close()
        remove_tree(self._work_folder)

    def _next(self) -> SubmittedJob:
        open_ids = {job.request.id for job in self._waiting}
        ready = [job for job in self._waiting if job.request.producers.isdisjoint(open_ids)]
        job = max(ready, key=lambda job: job.request.priority)
        self._waiting.remove(job)
        return job

    def _do(self, job: SubmittedJob) -> StoredResult | Failure:
        inputs: list[TaskInput] = []
        for item in job.inputs:
            if isinstance(item, PendingInput):
                produced = self._ended[item.producer]
                if produced is None:
                    said = f"not done, since it needs {item.producer}, which failed"
                    return Failure((Diagnostic(said, hint="mend that first"),))
                item = TaskInput(item.name, produced.outputs[item.output])
            inputs.append(item)
        with _interruptible(), _outside_the_event_loop():
            try:
                runner = self._runner(job.request.job_type)
            except Exception as error:  # whatever a converter raises when it is loaded and started
                return failure_of(error, job.request.source)
            return runner.run(job.task(tuple(inputs)), lambda: False)

    def _runner(self, job_type_name: str) -> TaskRunner:
        plugins = self.context.plugins
        job_type = plugins.job_type(job_type_name)
        if job_type_name not in self._workers:
            worker = load(job_type.worker, plugin=plugins.plugin_of(job_type_name).name)()
            worker.start()
            self._workers[job_type_name] = worker
        return TaskRunner(
            job_type,
            self._workers[job_type_name],
            self._cache,
            self._work_folder,
            use_cache=self.context.use_cache,
        )

    async def _tell(self, request: JobRequest, result: StoredResult | Failure, work: Work) -> None:
        if isinstance(result, Failure):
            self._ended[request.id] = None
            end = JobEnd(request, JobStatus.FAILED, None, result.diagnostics, work)
        else:
            self._ended[request.id] = result
            end = JobEnd(request, JobStatus.COMPLETED, result, (), work)
        await self.context.observer.job_ended(end)


@contextmanager
def _outside_the_event_loop() -> Iterator[None]:
    """Lets a converter run an event loop of its own, as it may in a worker process."""
    loop = asyncio.get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Lets Ctrl-C through at once: the event loop's own handler waits for the next `await`."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
