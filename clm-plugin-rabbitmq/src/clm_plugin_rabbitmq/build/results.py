"""What workers say about a job, turned into how it has ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clm import Diagnostic, Place
from clm.backends.api import EndedJob, JobStatus, Work
from clm.backends.remote import ResultsCache, digest_bytes, load_diagnostics
from clm.stores.api import SharedContents
from clm_plugin_rabbitmq.bodies import Body, BodyError
from clm_plugin_rabbitmq.build.open_jobs import OpenJob
from clm_plugin_rabbitmq.large_parts import get_large
from clm_plugin_rabbitmq.messages import sizes_in


def failed_end(body: Body, job: OpenJob) -> EndedJob:
    """The end of a job that has failed at its worker.

    Raises:
        BodyError: the message is not one of a failure.
    """
    diagnostics, work = _said(body)
    return EndedJob(job.job.request, JobStatus.FAILED, None, diagnostics, work)


def outputs_of(body: Body, shared: SharedContents) -> Mapping[str, bytes]:
    """The outputs of a result; those that are too large for messages are in the shared cache.

    Raises:
        BodyError: the message is not one of a result.
        ClmError: the shared cache cannot be used.
    """
    try:
        sizes = sizes_in(body)
        digests = {name: str(body.header["digests"][name]) for name in sizes}
    except (AttributeError, LookupError, TypeError) as error:
        raise BodyError(f"not a result: {error}") from error
    return {**body.parts, **get_large(sizes, digests, shared, "its outputs")}


def result_end(
    body: Body,
    outputs: Mapping[str, bytes],
    job: OpenJob,
    cache: ResultsCache,
    *,
    use_cache: bool,
) -> EndedJob:
    """The end of a job, whose result is stored in the cache.

    Raises:
        BodyError: the message is not one of a result, or its bytes were changed.
    """
    diagnostics, work = _said(body)
    try:
        metadata = dict(body.header["metadata"])
        json.dumps(metadata, ensure_ascii=False).encode()  # texts that the cache can hold
        _check(job, outputs, body.header["digests"])
    except (LookupError, TypeError, ValueError) as error:
        raise BodyError(f"not a result: {error}") from error
    assert job.resolved is not None  # it was published
    stored = cache.add_to_cache(
        job.resolved.key,
        job.resolved.job_type,
        outputs,
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


def _said(body: Body) -> tuple[tuple[Diagnostic, ...], Work]:
    """The diagnostics, and how long the job took where."""
    header = body.header
    try:
        diagnostics = load_diagnostics(str(header["diagnostics"]))
        work = Work(body.number("seconds"), body.number("started"), str(header["worker"]))
    except (LookupError, RecursionError, TypeError, ValueError, ExceptionGroup) as error:
        raise BodyError(f"not the end of a job: {error}") from error
    return diagnostics, work


def _check(job: OpenJob, parts: Mapping[str, bytes], digests: Mapping[str, str]) -> None:
    declared = {output.name for output in job.job.request.outputs}
    if set(parts) != declared or set(digests) != declared:
        raise ValueError("the outputs are not those of the job")
    for name, data in parts.items():
        if digest_bytes(data) != digests[name]:
            raise ValueError(f"the output {name!r} was changed on its way")
