"""Jobs as the builder submits them to a backend."""

from __future__ import annotations

from attrs import frozen

from clm.jobs.queued_inputs import QueuedInput
from clm.jobs.request import JobRequest
from clm.jobs.resolved import ResolvedInput, ResolvedJob


@frozen(repr=False)
class SubmittedJob:
    """A job for a backend: the request, and everything that its key is made of.

    `inputs` are those of the request; inputs that exist already have their digests.
    """

    request: JobRequest
    envelope: str
    fingerprint: str
    inputs: tuple[QueuedInput, ...]
    correlation_id: str

    def resolved(self, inputs: tuple[ResolvedInput, ...]) -> ResolvedJob:
        """The job with all its inputs resolved, ready to be run."""
        return ResolvedJob(
            job_type=self.request.job_type,
            envelope=self.envelope,
            fingerprint=self.fingerprint,
            inputs=inputs,
            outputs=tuple(output.name for output in self.request.outputs),
            source=self.request.source,
            correlation_id=self.correlation_id,
        )
