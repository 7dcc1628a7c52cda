"""In-process execution of jobs, for backends that manage processes or threads themselves."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import nullcontext

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
from clm.jobs.worker import Progress, Worker
from clm.limits import Limits
from clm.plugins.time_limit import TookTooLongError, time_limit
from clm.workers.converters import new_worker, start_worker
from clm.workers.folders import remove_tree, work_folder
from clm.workers.job_runner import Failure, JobRunner, failure_of
from clm.workers.worker.hang_detection import OVERDUE_HINT

log = logging.getLogger(__name__)


def _never() -> bool:
    return False


def _ignore(progress: JobProgress) -> None:
    """Discards the progress."""


class InProcessRunner:
    """Runs jobs one at a time in the calling thread, and uses cached results.

    It has its own converters, one for each job type. Use it only from the thread that created it.
    """

    def __init__(self, context: BackendContext) -> None:
        self._context = context
        self._workers: dict[str, Worker] = {}
        self._cache = ResultsCache(context.paths.cache_db)
        self._folder = work_folder(context.paths.work, uuid.uuid4().hex[:12])
        self._has_run_jobs = False

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
        """Stops the converters, removes their files and prunes the cache to its size limit."""
        while self._workers:
            job_type, worker = self._workers.popitem()
            try:
                worker.stop()
            except (Exception, SystemExit):
                log.exception("the converter of %r failed to stop", job_type)
        if self._has_run_jobs:
            keep_within(self._cache, Limits.of().cache_size)
        self._cache.close()
        remove_tree(self._folder)

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
        try:
            runner = self._runner(job.request.job_type)
        except ClmError as error:
            return failure_of(error, job.request.source)
        return self._limited(runner, job.resolved(tuple(inputs)), is_cancelled, progress)

    def _limited(
        self,
        runner: JobRunner,
        job: ResolvedJob,
        is_cancelled: Callable[[], bool],
        progress: Progress,
    ) -> StoredResult | Failure:
        """Runs the job for at most its time limit, if this is the main thread of the process."""
        own = job.time_limit
        limit = Limits.of().job_limit if own is None else own
        try:
            with time_limit(limit) if limit else nullcontext():
                return runner.run(job, is_cancelled, progress=progress)
        except TookTooLongError:
            self._workers.pop(job.job_type, None)  # its state is unknown
            message = f"the {job.job_type!r} job took longer than {limit:g} seconds"
            diagnostic = Diagnostic(f"{runner.provider}: {message}", hint=OVERDUE_HINT)
            return Failure((diagnostic.at(Place(job.source)),))

    def _runner(self, job_type_name: str) -> JobRunner:
        plugins = self._context.plugins
        job_type = plugins.job_type(job_type_name)
        if job_type_name not in self._workers:
            plugin = plugins.plugin_of(job_type_name)
            worker = new_worker(job_type, plugin)
            start_worker(worker, job_type_name, plugin.label)
            self._workers[job_type_name] = worker
        return JobRunner(
            job_type,
            self._workers[job_type_name],
            self._cache,
            self._folder,
            use_cache=self._context.use_cache,
            provider=plugins.plugin_of(job_type_name).label,
        )
