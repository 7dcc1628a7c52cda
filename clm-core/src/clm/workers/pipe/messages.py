"""The frames between a holder and an engine, and their fields.

Holder to engine:
    open      protocol, job_type, starts: the first frame; without `starts` the converter is started
              by the first job
    survey    names: asks for these names of the environment
    input     digest; data: a file that the next job needs
    job       id, job_type, envelope, fingerprint, inputs, outputs, source, correlation_id
    cancel    id: end this job as soon as possible
    memo      found; data: the answer to `recall`
    ping      sent while nothing else is

Engine to holder:
    ready     protocol, version, fingerprint, payload_version: the answer to `open`
    surveyed  environment: the answer to `survey`
    refused   message, hint: the answer to `open` if there is no such converter, or to `survey`
    progress  fraction, text
    waiting   seconds; None at the end of the wait
    recall    parts: asks for a memo; the engine waits for the answer
    remember  parts; data: a new memo
    output    name; data: an output of the job
    result    id, diagnostics, metadata, worn: the end of a job, after its outputs
    failure   id, diagnostics, is_transient, worn: the end of a job without a result
    pong      cpu_seconds, memory_bytes: the answer to `ping`
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clm.jobs.resolved import ResolvedInput, ResolvedJob

PROTOCOL = 1

PING_SECONDS = 2.0
SILENCE_SECONDS = 20.0
"""After so many seconds without a byte the other end counts as lost."""


def job_fields(job: ResolvedJob) -> dict[str, Any]:
    """The fields of a `job` frame."""
    return {
        "job_type": job.job_type,
        "envelope": job.envelope,
        "fingerprint": job.fingerprint,
        "inputs": [[item.name, item.digest] for item in job.inputs],
        "outputs": list(job.outputs),
        "source": job.source,
        "correlation_id": job.correlation_id,
    }


def job_of(header: Mapping[str, Any]) -> ResolvedJob:
    """The job of a `job` frame; its inputs were sent before, by digest."""
    return ResolvedJob(
        job_type=header["job_type"],
        envelope=header["envelope"],
        fingerprint=header["fingerprint"],
        inputs=tuple(ResolvedInput(name, digest) for name, digest in header["inputs"]),
        outputs=tuple(header["outputs"]),
        source=header["source"],
        correlation_id=header["correlation_id"],
    )
