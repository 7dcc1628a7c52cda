"""In-process execution of jobs, for backends that manage processes or threads themselves."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from contextlib import nullcontext

from clm.backends.backend import BackendContext
from clm.backends.job_runners import BackendRunner
from clm.jobs.resolved import ResolvedJob
from clm.jobs.result import StoredResult
from clm.jobs.worker import Progress, Worker
from clm.plugins.time_limit import TookTooLongError, time_limit
from clm.workers.converters import new_worker, start_worker
from clm.workers.folders import remove_tree, work_folder
from clm.workers.job_runner import Failure, JobRunner

log = logging.getLogger(__name__)


class InProcessRunner(BackendRunner):
    """Runs jobs in the calling thread, with converters of its own, one for each job type."""

    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        self._workers: dict[str, Worker] = {}
        self._folder = work_folder(context.paths.work, uuid.uuid4().hex[:12])

    def do(
        self, job: ResolvedJob, is_cancelled: Callable[[], bool], progress: Progress
    ) -> StoredResult | Failure:
        runner, limit = self._runner(job.job_type), self.limit_of(job)
        try:
            # In the main thread of the process only: nothing else ends a converter.
            with time_limit(limit) if limit else nullcontext():
                return runner.run(job, is_cancelled, progress=progress)
        except TookTooLongError:
            self._workers.pop(job.job_type, None)  # its state is unknown
            return self.overdue(job)

    def stop(self) -> None:
        while self._workers:
            job_type, worker = self._workers.popitem()
            try:
                worker.stop()
            except (Exception, SystemExit):
                log.exception("the converter of %r failed to stop", job_type)

    def close(self) -> None:
        super().close()
        remove_tree(self._folder)

    def _runner(self, job_type_name: str) -> JobRunner:
        plugins = self.context.plugins
        job_type, plugin = plugins.job_type(job_type_name), plugins.plugin_of(job_type_name)
        if job_type_name not in self._workers:
            worker = new_worker(job_type, plugin)
            start_worker(worker, job_type_name, plugin.label)
            self._workers[job_type_name] = worker
        return JobRunner(
            job_type,
            self._workers[job_type_name],
            self.cache,
            self._folder,
            use_cache=self.context.use_cache,
            provider=plugin.label,
        )
