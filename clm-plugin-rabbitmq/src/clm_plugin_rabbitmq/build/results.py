"""What workers say about a job, turned into how it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clm import Diagnostic, Place
from clm.backends.api import EndedJob, JobStatus, Work
from clm.backends.remote import ResultsCache, digest_bytes, load_diagnostics
from clm_plugin_rabbitmq.bodies import Body, BodyError
from clm_plugin_rabbitmq.build.open_jobs import OpenJob


def end_of(
    kind: str, body: Body, job: OpenJob, cache: ResultsCache, *, use_cache: bool
) -> EndedJob:
    """The end of a job, whose result is stored in the cache.

    Raises:
        BodyError: the message is not one of a result or a failure, or its bytes were changed.
    """
    header = body.header
    try:
        diagnostics = load_diagnostics(str(header["diagnostics"]))
        work = Work(float(header["seconds"]), float(header["started"]), str(header["worker"]))
        if kind == "failure":
            return EndedJob(job.job.request, JobStatus.FAILED, None, diagnostics, work)
        metadata = dict(header["metadata"])
        _check(job, body.parts, header["digests"])
    except (LookupError, TypeError, ValueError, ExceptionGroup) as error:
        raise BodyError(f"not a result: {error}") from error
    assert job.resolved is not None  # it was published
    stored = cache.add_to_cache(
        job.resolved.key,
        job.resolved.job_type,
        body.parts,
        diagnostics,
        metadata,
        replace=not use_cache,
    )
    return EndedJob(job.job.request, JobStatus.COMPLETED, stored, (), work)


def dead_end(headers: Mapping[str, Any], job: OpenJob) -> EndedJob:
    """The end of a job that the broker has put to the dead letters."""
    message = "all workers that took this job died before they could run it"
    diagnostic = Diagnostic(
        str(headers.get("error") or message),
        place=Place(job.job.request.source),
        hint="see the logs of the workers; `clm jobs list --broker` shows the dead jobs",
    )
    return EndedJob(job.job.request, JobStatus.FAILED, None, (diagnostic,), Work())


def _check(job: OpenJob, parts: Mapping[str, bytes], digests: Mapping[str, str]) -> None:
    declared = {output.name for output in job.job.request.outputs}
    if set(parts) != declared or set(digests) != declared:
        raise ValueError("the outputs are not those of the job")
    for name, data in parts.items():
        if digest_bytes(data) != digests[name]:
            raise ValueError(f"the output {name!r} was changed on its way")
