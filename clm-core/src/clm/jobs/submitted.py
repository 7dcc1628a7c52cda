"""Jobs as the builder hands them to a backend."""

from __future__ import annotations

from attrs import frozen

from clm.jobs.queued_inputs import QueuedInput
from clm.jobs.request import JobRequest
from clm.jobs.resolved import ResolvedInput, ResolvedJob


@frozen
class SubmittedJob:
    """A job that a worker is to do: the request, and all that its key will be made of.

    `inputs` are the request's, those known already with their digests.
    """

    request: JobRequest
    envelope: str
    fingerprint: str
    inputs: tuple[QueuedInput, ...]
    correlation_id: str

    def resolved(self, inputs: tuple[ResolvedInput, ...]) -> ResolvedJob:
        """The job as it is run, with all its inputs known."""
        return ResolvedJob(
            job_type=self.request.job_type,
            envelope=self.envelope,
            fingerprint=self.fingerprint,
            inputs=inputs,
            outputs=tuple(output.name for output in self.request.outputs),
            source=self.request.source,
            correlation_id=self.correlation_id,
        )
