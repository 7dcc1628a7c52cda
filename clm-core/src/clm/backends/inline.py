"""Backend for debugging: runs the jobs one after the other in this process."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from clm.backends.backend import (
    BackendContext,
    CancelJobs,
    EndedJob,
    Operation,
    RunJobs,
)
from clm.backends.in_process import InProcessRunner
from clm.backends.local_ops import LocalOpsBackend
from clm.jobs.submitted import SubmittedJob


class InlineBackend(LocalOpsBackend):
    """Runs the jobs in `wait_for_completion`, by priority, without a queue or processes.

    A converter that crashes its process crashes the build; nothing is retried.
    """

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self._waiting: list[SubmittedJob] = []
        self._ended: dict[str, EndedJob] = {}
        self._runner: InProcessRunner | None = InProcessRunner(context)

    async def execute_operation(self, operation: Operation) -> None:
        if isinstance(operation, RunJobs):
            self._waiting.extend(operation.jobs)
        elif isinstance(operation, CancelJobs):
            self._waiting = [job for job in self._waiting if job.request.id not in operation.ids]
        else:
            await super().execute_operation(operation)

    async def wait_for_completion(self) -> None:
        while self._waiting and self._runner is not None:
            job = self._next()
            self.context.observer.job_started(job.request)
            on_progress = partial(self.context.observer.job_progressed, job.request)
            with _interruptible(), _outside_the_event_loop():
                end = self._runner.run(job, self._ended, on_progress=on_progress)
            self._ended[job.request.id] = end
            await self.context.observer.job_ended(end)
            await asyncio.sleep(0)  # lets Ctrl-C through

    async def shutdown(self) -> None:
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()

    def _next(self) -> SubmittedJob:
        open_ids = {job.request.id for job in self._waiting}
        ready = [job for job in self._waiting if job.request.producers.isdisjoint(open_ids)]
        job = max(ready, key=lambda job: job.request.priority)
        self._waiting.remove(job)
        return job


@contextmanager
def _outside_the_event_loop() -> Iterator[None]:
    """Allows a converter to run its own event loop, as in a worker process."""
    loop = asyncio.get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Handles Ctrl-C at once: the event loop's own handler waits for the next `await`."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
