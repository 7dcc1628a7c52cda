"""The backend: jobs go to threads, what becomes of them comes back to the event loop."""

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import closing
from itertools import count

from attrs import define, field
from clm.backends.api import (
    BackendContext,
    BuildStalledError,
    CancelJobs,
    EndedJob,
    InProcessRunner,
    JobProgress,
    LocalOpsBackend,
    Operation,
    RunJobs,
    SubmittedJob,
)

_GRACE_SECONDS = 5.0  # for a converter to notice that its job was cancelled


@define(eq=False)
class Running:
    """A job until it has ended; one that comes again is another one."""

    job: SubmittedJob
    cancelled: threading.Event = field(factory=threading.Event)

    @property
    def id(self) -> str:
        return self.job.request.id


# That a job has begun (None), how far it is, how it ended, or that a thread has failed.
News = tuple[Running | None, JobProgress | EndedJob | Exception | None]


class ThreadsBackend(LocalOpsBackend):
    """Copies, writes and removes files as every backend; does jobs in `context.jobs` threads."""

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self._open: dict[str, Running] = {}
        self._waiting: list[Running] = []
        self._ended: dict[str, EndedJob] = {}
        # What the threads take: the most urgent first, then in order; None ends a thread.
        self._ready: queue.PriorityQueue[tuple[float, int, Running | None]] = queue.PriorityQueue()
        self._numbers = count()
        self._news: asyncio.Queue[News] = asyncio.Queue()
        self._threads: list[threading.Thread] = []

    async def execute_operation(self, operation: Operation) -> None:
        if isinstance(operation, RunJobs):
            self._start_threads()
            added = [Running(job) for job in operation.jobs]
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
                running, news = await asyncio.wait_for(self._news.get(), limit)
            except TimeoutError:
                raise BuildStalledError(f"nothing has moved for {limit:g} seconds") from None
            if isinstance(news, Exception):
                raise news
            if running is None or self._open.get(running.id) is not running:
                continue  # it was cancelled
            if news is None:
                self.context.observer.job_started(running.job.request)
            elif isinstance(news, JobProgress):
                self.context.observer.job_progressed(running.job.request, news)
            else:
                self._ended[running.id] = news
                del self._open[running.id]
                self._release()
                await self.context.observer.job_ended(news)

    async def shutdown(self) -> None:
        for job_id in list(self._open):
            self._cancel(job_id)
        threads, self._threads = self._threads, []
        for _ in threads:
            self._ready.put((float("inf"), next(self._numbers), None))
        for thread in threads:
            await asyncio.to_thread(thread.join, _GRACE_SECONDS)

    def _start_threads(self) -> None:
        tell = asyncio.get_running_loop().call_soon_threadsafe
        while len(self._threads) < self.context.jobs:
            # A converter that does not listen must not keep the program from ending.
            thread = threading.Thread(target=self._serve, args=(tell,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _release(self) -> None:
        """Hands over the jobs that need nothing which is still to be done."""
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

    def _serve(self, tell: Callable[..., object]) -> None:
        """What a thread does: one job after the other, with converters of its own."""
        try:
            with closing(InProcessRunner(self.context)) as runner:
                while (running := self._ready.get()[2]) is not None:
                    if not running.cancelled.is_set():
                        tell(self._news.put_nowait, (running, None))
                        tell(self._news.put_nowait, (running, self._do(runner, running, tell)))
        except Exception as error:  # the build must not wait for a thread that is gone
            tell(self._news.put_nowait, (None, error))

    def _do(
        self, runner: InProcessRunner, running: Running, tell: Callable[..., object]
    ) -> EndedJob:
        attempts = running.job.request.max_attempts
        return runner.run(
            running.job,
            self._ended,
            running.cancelled.is_set,
            attempts=attempts,
            on_progress=lambda progress: tell(self._news.put_nowait, (running, progress)),
        )
