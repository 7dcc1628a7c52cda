"""Runs of a plan's jobs in worker processes, through the queue of the SQLite backend."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import define, field

from clm.backends.backend import BackendContext, EndedJob, JobObserver, RunJobs
from clm.backends.paths import ClmPaths
from clm.backends.sqlite import SqliteBackend
from clm.jobs.envelope import dump_payload
from clm.jobs.queued_inputs import PendingInput
from clm.jobs.request import FileInput, JobRequest
from clm.jobs.resolved import ResolvedInput
from clm.jobs.submitted import SubmittedJob
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import tools_of


def submitted(request: JobRequest, plugins: PluginRegistry) -> SubmittedJob:
    """Return the job as it is submitted to a backend."""
    return SubmittedJob(
        request=request,
        envelope=dump_payload(
            plugins.job_type(request.job_type),
            request.payload,
            request.time_limit,
            request.environment,
        ),
        fingerprint=tools_of(plugins, request.job_type, request.environment).fingerprint_for(
            request.environment
        ),
        inputs=tuple(
            ResolvedInput(item.name, item.digest, item.path)
            if isinstance(item, FileInput)
            else PendingInput(item.name, item.producer, item.output)
            for item in request.inputs
        ),
        correlation_id="test",
    )


def ends_by_workers(
    requests: Iterable[JobRequest], plugins: PluginRegistry, folder: Path
) -> Mapping[str, EndedJob]:
    """Run the jobs in worker processes; return their ends by the ids of their requests.

    A job must come after the jobs that it depends on. The databases are created in `folder`;
    results that are cached there are reused.
    """
    jobs = tuple(submitted(request, plugins) for request in requests)
    observer = _Ends()
    asyncio.run(_run(jobs, BackendContext(plugins, ClmPaths.of_folder(folder), observer, jobs=1)))
    return observer.ends


@define
class _Ends(JobObserver):
    ends: dict[str, EndedJob] = field(factory=dict)

    def job_started(self, request: JobRequest) -> None:
        """Ignore starts: only ends are collected."""

    async def job_ended(self, end: EndedJob) -> None:
        self.ends[end.request.id] = end


async def _run(jobs: tuple[SubmittedJob, ...], context: BackendContext) -> None:
    context.paths.create()
    async with SqliteBackend(context) as backend:
        await backend.execute_operation(RunJobs(jobs))
        await backend.wait_for_completion()
