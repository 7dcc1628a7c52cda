"""Runs of single jobs for backends that only decide where and when."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from clm.backends.backend import BackendContext, EndedJob
from clm.database.cache.maintenance import keep_within
from clm.database.cache.results import ResultsCache
from clm.errors import ClmError, Diagnostic, Place
from clm.jobs.queued_inputs import PendingInput
from clm.jobs.resolved import ResolvedInput, ResolvedJob
from clm.jobs.result import StoredResult
from clm.jobs.status import JobStatus
from clm.jobs.submitted import SubmittedJob
from clm.jobs.work import JobProgress, Work
from clm.jobs.worker import Progress
from clm.limits import Limits
from clm.workers.job_runner import Failure, failure_of
from clm.workers.worker.hang_detection import OVERDUE_HINT

if TYPE_CHECKING:
    from clm.workers.pipe.client import EngineClient
    from clm.workers.pipe.streams import Stream

_NEVER = 1e6  # seconds


def _never() -> bool:
    return False


def _ignore(progress: JobProgress) -> None:
    """Discards the progress."""


class BackendRunner(ABC):
    """Runs jobs one at a time for the calling thread, and uses and stores cached results.

    Where a job is done is up to the subclass. Use it only from the thread that created it.
    """

    def __init__(self, context: BackendContext) -> None:
        self.context = context
        self.cache = ResultsCache(context.paths.cache_db)
        self._has_run_jobs = False

    @abstractmethod
    def do(
        self, job: ResolvedJob, is_cancelled: Callable[[], bool], progress: Progress
    ) -> StoredResult | Failure:
        """Do a job that is not cached, and add its result to `cache`.

        Raises:
            ClmError, OSError, KeyError: it cannot be done; a `TransientJobError` is retried.
        """

    def limit_of(self, job: ResolvedJob) -> float:
        """The time limit of a job in seconds; 0 if there is none."""
        own = job.time_limit
        return Limits.of().job_limit if own is None else own

    def overdue(self, job: ResolvedJob) -> Failure:
        """The failure of a job that was ended because of its time limit."""
        provider = self.context.plugins.plugin_of(job.job_type).label
        message = f"the {job.job_type!r} job took longer than {self.limit_of(job):g} seconds"
        diagnostic = Diagnostic(f"{provider}: {message}", hint=OVERDUE_HINT)
        return Failure((diagnostic.at(Place(job.source)),))

    def stop(self) -> None:  # noqa: B027  # not every runner keeps something
        """Stop what is kept between jobs."""

    def run(
        self,
        job: SubmittedJob,
        ended: Mapping[str, EndedJob],
        is_cancelled: Callable[[], bool] = _never,
        *,
        attempts: int = 1,
        on_progress: Callable[[JobProgress], object] = _ignore,
    ) -> EndedJob:
        """Runs the job and returns how it ended; a converter's error is in the end's diagnostics.

        `ended` maps request ids to the ends of the jobs whose outputs it needs. A transient
        failure is retried up to `attempts` attempts in all. `on_progress` is called, from any
        thread, with the progress that the converter reports.
        """

        def progress(fraction: float | None, text: str) -> None:
            on_progress(JobProgress.of(fraction, text))

        started, clock = time.time(), time.monotonic()
        result = self._run(job, ended, is_cancelled, progress)
        while isinstance(result, Failure) and result.is_transient and attempts > 1:
            if is_cancelled():
                break
            attempts -= 1
            result = self._run(job, ended, is_cancelled, progress)
        self._has_run_jobs = True
        work = Work(time.monotonic() - clock, started)
        if isinstance(result, Failure):
            return EndedJob(job.request, JobStatus.FAILED, None, result.diagnostics, work)
        return EndedJob(job.request, JobStatus.COMPLETED, result, (), work)

    def close(self) -> None:
        """Stops what is kept, and prunes the cache to its size limit."""
        self.stop()
        if self._has_run_jobs:
            keep_within(self.cache, Limits.of().cache_size)
        self.cache.close()

    def _run(
        self,
        job: SubmittedJob,
        ended: Mapping[str, EndedJob],
        is_cancelled: Callable[[], bool],
        progress: Progress,
    ) -> StoredResult | Failure:
        inputs: list[ResolvedInput] = []
        for item in job.inputs:
            if isinstance(item, PendingInput):
                produced = ended[item.producer].result
                if produced is None:
                    message = f"not run: it needs {item.producer}, which failed"
                    return Failure((Diagnostic(message, hint="fix that first"),))
                item = ResolvedInput(item.name, produced.outputs[item.output])
            inputs.append(item)
        resolved = job.resolved(tuple(inputs))
        try:
            return self._cached(resolved) or self.do(resolved, is_cancelled, progress)
        except (ClmError, OSError, KeyError) as error:
            return failure_of(error, job.request.source)

    def _cached(self, job: ResolvedJob) -> StoredResult | None:
        stored = self.cache.check_cache(job.key) if self.context.use_cache else None
        if stored is not None:
            self.cache.mark_used(job.key)
        return stored


class StreamRunner(BackendRunner):
    """Runs jobs at the other ends of streams, each to an engine (`clm workers serve`).

    `stream` returns the stream for a job type; it is kept for later jobs of that type. If it is
    lost, the job is retried with another one. Progress, cancellation and memos work as here.
    """

    def __init__(self, context: BackendContext, stream: Callable[[str], Stream]) -> None:
        super().__init__(context)
        self._stream = stream
        self._clients: dict[str, EngineClient] = {}

    def do(
        self, job: ResolvedJob, is_cancelled: Callable[[], bool], progress: Progress
    ) -> StoredResult | Failure:
        from clm.workers.pipe.client import EngineLostError  # most backends have no streams

        client, limit = self._client(job.job_type), self.limit_of(job)
        overdue = threading.Event()
        timer = threading.Timer(limit or _NEVER, self._end, (client, overdue))
        timer.daemon = True
        timer.start()
        try:
            return client.run(
                job, self.cache, is_cancelled, progress=progress, use_cache=self.context.use_cache
            )
        except EngineLostError:
            del self._clients[job.job_type]
            client.close()
            if overdue.is_set():
                return self.overdue(job)
            raise
        finally:
            timer.cancel()

    def stop(self) -> None:
        while self._clients:
            self._clients.popitem()[1].close()

    def _end(self, client: EngineClient, overdue: threading.Event) -> None:
        overdue.set()
        client.give_up("its job took too long")

    def _client(self, job_type: str) -> EngineClient:
        from clm.workers.pipe.client import EngineClient, EngineLostError  # as above

        if job_type not in self._clients:
            try:
                self._clients[job_type] = EngineClient(self._stream(job_type), job_type)
            except OSError as error:
                raise EngineLostError(f"the worker cannot be reached: {error}") from error
        return self._clients[job_type]
