"""Doing jobs without worker processes: for backends that have processes or threads of their own."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping

from clm.backends.backend import BackendContext, EndedJob
from clm.database.cache.maintenance import keep_within
from clm.database.cache.results import ResultsCache
from clm.errors import Diagnostic
from clm.jobs.queued_inputs import PendingInput
from clm.jobs.resolved import ResolvedInput
from clm.jobs.result import StoredResult
from clm.jobs.status import JobStatus
from clm.jobs.submitted import SubmittedJob
from clm.jobs.work import JobProgress, Work
from clm.jobs.worker import Progress, Worker
from clm.limits import Limits
from clm.workers.folders import remove_tree, work_folder
from clm.workers.import_string import load
from clm.workers.job_runner import Failure, JobRunner, failure_of

log = logging.getLogger(__name__)


def _never() -> bool:
    return False


def _ignore(progress: JobProgress) -> None:
    """Nobody wants to know."""


class InProcessRunner:
    """Does one job after the other where it is called, and knows results that are in the cache.

    It has converters of its own, one for each job type, and is for the thread that made it.
    """

    def __init__(self, context: BackendContext) -> None:
        self._context = context
        self._workers: dict[str, Worker] = {}
        self._cache = ResultsCache(context.paths.cache_db)
        self._folder = work_folder(context.paths.work, uuid.uuid4().hex[:12])
        self._has_done_some = False

    def run(
        self,
        job: SubmittedJob,
        ended: Mapping[str, EndedJob],
        is_cancelled: Callable[[], bool] = _never,
        *,
        attempts: int = 1,
        on_progress: Callable[[JobProgress], object] = _ignore,
    ) -> EndedJob:
        """How the job ended; what a converter raises is in the end's diagnostics.

        `ended` has, by request id, the ends of the jobs whose outputs it needs. What may pass is
        tried so many times. `on_progress` is called, from any thread, with what the converter says
        of how far it is.
        """

        def progress(fraction: float | None, text: str) -> None:
            on_progress(JobProgress.of(fraction, text))

        started, clock = time.time(), time.monotonic()
        result = self._run(job, ended, is_cancelled, progress)
        while isinstance(result, Failure) and result.may_pass and attempts > 1:
            if is_cancelled():
                break
            attempts -= 1
            result = self._run(job, ended, is_cancelled, progress)
        self._has_done_some = True
        work = Work(time.monotonic() - clock, started)
        if isinstance(result, Failure):
            return EndedJob(job.request, JobStatus.FAILED, None, result.diagnostics, work)
        return EndedJob(job.request, JobStatus.COMPLETED, result, (), work)

    def close(self) -> None:
        """Stops the converters and removes what they left; keeps the cache within its limit."""
        while self._workers:
            job_type, worker = self._workers.popitem()
            try:
                worker.stop()
            except Exception:
                log.exception("the converter of %r failed at its end", job_type)
        if self._has_done_some:
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
                    said = f"not done, since it needs {item.producer}, which failed"
                    return Failure((Diagnostic(said, hint="mend that first"),))
                item = ResolvedInput(item.name, produced.outputs[item.output])
            inputs.append(item)
        try:
            runner = self._runner(job.request.job_type)
        except Exception as error:  # whatever a converter raises when it is loaded and started
            return failure_of(error, job.request.source)
        return runner.run(job.resolved(tuple(inputs)), is_cancelled, progress=progress)

    def _runner(self, job_type_name: str) -> JobRunner:
        plugins = self._context.plugins
        job_type = plugins.job_type(job_type_name)
        if job_type_name not in self._workers:
            worker = load(job_type.worker, plugin=plugins.plugin_of(job_type_name).name)()
            worker.start()
            self._workers[job_type_name] = worker
        return JobRunner(
            job_type,
            self._workers[job_type_name],
            self._cache,
            self._folder,
            use_cache=self._context.use_cache,
        )
