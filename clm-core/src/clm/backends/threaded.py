"""Base class of backends that run jobs in threads, which may wait for other processes."""

from __future__ import annotations

import asyncio
import queue
import threading
from abc import abstractmethod
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from itertools import count
from typing import Any

from attrs import define, field

from clm.backends.backend import BackendContext, CancelJobs, EndedJob, Operation, RunJobs
from clm.backends.job_runners import BackendRunner
from clm.backends.local_ops import LocalOpsBackend
from clm.errors import BuildStalledError
from clm.jobs.submitted import SubmittedJob
from clm.jobs.work import JobProgress

_GRACE_SECONDS = 5.0  # for a converter to notice the cancellation of its job


@define(eq=False)
class _Running:
    """A submitted job that has not ended; a resubmitted one is another instance."""

    job: SubmittedJob
    cancelled: threading.Event = field(factory=threading.Event)

    @property
    def id(self) -> str:
        return self.job.request.id


# The start of a job (None), its progress, its end, or the failure of a thread.
_Event = tuple[_Running | None, JobProgress | EndedJob | Exception | None]


class ThreadedBackend(LocalOpsBackend):
    """Executes file operations as every backend does, and jobs in `context.jobs` threads.

    A subclass says with `new_runner` what a thread does with its jobs.
    """

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self._open: dict[str, _Running] = {}
        self._waiting: list[_Running] = []
        self._ended: dict[str, EndedJob] = {}
        # Taken by the threads, the highest priority first, then in order; None ends a thread.
        self._ready: queue.PriorityQueue[tuple[float, int, _Running | None]] = queue.PriorityQueue()
        self._numbers = count()
        self._events: asyncio.Queue[_Event] = asyncio.Queue()
        self._threads: list[threading.Thread] = []

    @abstractmethod
    def new_runner(self) -> BackendRunner:
        """Called in each of the threads: the runner of its jobs, closed at its end."""

    async def execute_operation(self, operation: Operation) -> None:
        if isinstance(operation, RunJobs):
            self._start_threads()
            added = [_Running(job) for job in operation.jobs]
            self._open |= {running.id: running for running in added}
            self._waiting += added
            self._release()
        elif isinstance(operation, CancelJobs):
            for job_id in operation.ids:
                self._cancel(job_id)
        else:
            await super().execute_operation(operation)

    async def wait_for_completion(self) -> None:
        while self._open:
            limit = self.context.stall_limit
            try:
                running, event = await asyncio.wait_for(self._events.get(), limit)
            except TimeoutError:
                raise BuildStalledError(f"no progress for {limit:g} seconds") from None
            if isinstance(event, Exception):
                raise event
            if running is None or self._open.get(running.id) is not running:
                continue  # it was cancelled
            if event is None:
                self.context.observer.job_started(running.job.request)
            elif isinstance(event, JobProgress):
                self.context.observer.job_progressed(running.job.request, event)
            else:
                self._ended[running.id] = event
                del self._open[running.id]
                self._release()
                await self.context.observer.job_ended(event)

    async def shutdown(self) -> None:
        for job_id in list(self._open):
            self._cancel(job_id)
        threads, self._threads = self._threads, []
        for _ in threads:
            self._ready.put((float("inf"), next(self._numbers), None))
        for thread in threads:
            await asyncio.to_thread(thread.join, _GRACE_SECONDS)

    def _start_threads(self) -> None:
        call_soon = partial(_call_soon, asyncio.get_running_loop())
        while len(self._threads) < self.context.jobs:
            # A daemon, since a converter that ignores cancellation must not block the exit.
            thread = threading.Thread(target=self._serve, args=(call_soon,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _release(self) -> None:
        """Release the jobs whose producers have ended to the threads."""
        blocked = []
        for running in self._waiting:
            request = running.job.request
            if request.producers.isdisjoint(self._open):
                self._ready.put((-request.priority, next(self._numbers), running))
            else:
                blocked.append(running)
        self._waiting = blocked

    def _cancel(self, job_id: str) -> None:
        running = self._open.pop(job_id, None)
        if running is not None:
            running.cancelled.set()
            self._waiting = [other for other in self._waiting if other is not running]

    def _serve(self, call_soon: Callable[..., object]) -> None:
        """Run one job after the other in a thread."""
        try:
            with closing(self.new_runner()) as runner:
                while (running := self._ready.get()[2]) is not None:
                    if not running.cancelled.is_set():
                        call_soon(self._events.put_nowait, (running, None))
                        ended = self._run(runner, running, call_soon)
                        call_soon(self._events.put_nowait, (running, ended))
        except Exception as error:  # the build must not wait for a thread that has ended
            call_soon(self._events.put_nowait, (None, error))

    def _run(
        self, runner: BackendRunner, running: _Running, call_soon: Callable[..., object]
    ) -> EndedJob:
        attempts = running.job.request.max_attempts
        return runner.run(
            running.job,
            self._ended,
            running.cancelled.is_set,
            attempts=attempts,
            on_progress=lambda progress: call_soon(self._events.put_nowait, (running, progress)),
        )


def _call_soon(loop: asyncio.AbstractEventLoop, *call: Any) -> None:
    """Call a function with its arguments in the thread of the loop, from another thread."""
    with suppress(RuntimeError):  # it is closed: the build has ended without this thread
        loop.call_soon_threadsafe(*call)
