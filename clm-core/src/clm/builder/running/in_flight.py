"""In-flight and failed jobs of the earlier builds of a session."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from attrs import define, field

from clm.errors import Diagnostic
from clm.jobs.queued_inputs import PendingInput, QueuedInput
from clm.jobs.request import FileInput
from clm.jobs.resolved import ResolvedInput
from clm.jobs.result import StoredResult
from clm.jobs.submitted import SubmittedJob


@define(eq=False, repr=False)
class InFlightJobs:
    """Recognises jobs of a new plan that are the same as jobs submitted by an earlier build.

    `builds` counts the builds of the session; `open` has the jobs that have not ended.
    """

    builds: int = 0
    open: dict[str, SubmittedJob] = field(factory=dict)
    _failed: dict[str, tuple[SubmittedJob, tuple[Diagnostic, ...]]] = field(factory=dict)
    _results: dict[str, StoredResult] = field(factory=dict)

    def submitted(self, jobs: Iterable[SubmittedJob]) -> None:
        """Records these jobs as open."""
        for job in jobs:
            self.open[job.request.id] = job
            self._failed.pop(job.request.id, None)
            self._results.pop(job.request.id, None)

    def completed(self, job_id: str, result: StoredResult) -> None:
        """Records that an open job has completed."""
        self.open.pop(job_id, None)
        self._results[job_id] = result

    def cancelled(self, job_id: str) -> None:
        """Records that an open job was cancelled."""
        self.open.pop(job_id, None)

    def failed(self, job_id: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Records that an open job has failed."""
        job = self.open.pop(job_id, None)
        if job is not None:
            self._failed[job_id] = (job, diagnostics)

    def is_open(self, job: SubmittedJob, kept: Collection[str]) -> bool:
        """Whether the same job is open, and the jobs that it waits for are among those `kept`."""
        earlier = self.open.get(job.request.id)
        waits_for = {i.producer for i in job.inputs if isinstance(i, PendingInput)}
        return earlier is not None and waits_for.issubset(kept) and self._same(earlier, job)

    def failure(self, job: SubmittedJob) -> tuple[Diagnostic, ...] | None:
        """The diagnostics of the same job if it has failed, else None."""
        earlier = self._failed.get(job.request.id)
        if earlier is None or any(isinstance(item, PendingInput) for item in job.inputs):
            return None
        return earlier[1] if self._same(earlier[0], job) else None

    def forget_failures(self, changed: Collection[Path]) -> None:
        """Allows failed jobs that use one of these files to run again."""
        for job_id, (job, _) in list(self._failed.items()):
            inputs = (item for item in job.request.inputs if isinstance(item, FileInput))
            if any(item.path in changed or item.path.resolve() in changed for item in inputs):
                del self._failed[job_id]

    def _same(self, earlier: SubmittedJob, job: SubmittedJob) -> bool:
        return (
            earlier.envelope == job.envelope
            and earlier.fingerprint == job.fingerprint
            and _output_names(earlier) == _output_names(job)
            and self._resolved(earlier) == self._resolved(job)
        )

    def _resolved(self, job: SubmittedJob) -> list[QueuedInput]:
        return [self._known(item) for item in job.inputs]

    def _known(self, item: QueuedInput) -> QueuedInput:
        """The input, resolved if the job that produces it has completed in the meantime."""
        if not isinstance(item, PendingInput) or item.producer not in self._results:
            return item
        return ResolvedInput(item.name, self._results[item.producer].outputs[item.output])


def _output_names(job: SubmittedJob) -> list[str]:
    return sorted(output.name for output in job.request.outputs)
