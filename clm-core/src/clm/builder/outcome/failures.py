"""Failures of a course that no build has mended yet, from the record of outputs and the queue."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from attrs import frozen

from clm.builder.options import BuildFilter
from clm.builder.output.record import OutputsRecord
from clm.builder.output.recorded import RecordedFailure
from clm.builder.plan import BuildPlan
from clm.builder.report import BuildReport, JobReport, Outcome


@frozen(repr=False)
class OldFailures:
    """The ids of jobs that failed earlier and have been mended, or have failed again."""

    mended: frozenset[str]
    again: frozenset[str]


@frozen(repr=False)
class Settled:
    """What a build, which has `ended` or was stopped, settled of a plan's jobs."""

    plan: BuildPlan
    job_types: Collection[str]
    filter: BuildFilter
    ended: bool

    @property
    def whole(self) -> bool:
        """Whether the build was of the whole course and ended."""
        return self.ended and self.filter.is_empty

    def note(self, record: OutputsRecord, course: str, report: BuildReport) -> OldFailures:
        """Updates the recorded failures of the course, and those that the report carries on.

        Returns the ids of the jobs whose earlier failures are mended, and of those that have
        failed again.
        """
        known = {failure.job: failure for failure in record.failures(course)}
        failing = {job.id: job for job in report.jobs if job.outcome is Outcome.FAILED}
        if not known and not failing:
            return OldFailures(frozenset(), frozenset())
        mended = {id for id, failure in known.items() if self._is_mended(failure, report, failing)}
        outputs = self._outputs()
        failures = [
            _recorded(job, outputs.get(job.id, frozenset()), None if self.whole else known.get(id))
            for id, job in failing.items()
        ]
        if mended or failures:
            record.replace_failures(course, mended, failures)
        left = [known[id] for id in sorted(known.keys() - mended - failing.keys())]
        report.earlier_failures = tuple(map(_reported, left))
        return OldFailures(frozenset(mended), frozenset(known.keys() & failing.keys()))

    def _is_mended(
        self, failure: RecordedFailure, report: BuildReport, failing: Collection[str]
    ) -> bool:
        """Whether the job has not failed again, and would have if the cause were still there."""
        if failure.job in failing:
            return False
        of_source = f"{failure.job_type}:{failure.source}"
        if of_source in failing:
            return True  # the source can no longer be planned, which is the newer failure
        ended = {job.id: job for job in report.jobs if job.outcome is not Outcome.CANCELLED}
        if self.whole:
            cancelled = {job.id for job in report.jobs} - ended.keys()
            return failure.job_type in self.job_types and failure.job not in cancelled
        if failure.job in ended:
            outputs = self._outputs().get(failure.job, frozenset())
            return not self.filter.is_of_audiences or failure.outputs <= outputs
        planned = ((job.job_type, job.source) for job in ended.values())
        return failure.job == of_source and (failure.job_type, failure.source) in planned

    def _outputs(self) -> dict[str, frozenset[str]]:
        return {
            job.id: frozenset(str(path) for out in job.outputs for path in out.destinations)
            for job in self.plan.jobs
        }


def forget_in_queue(jobs_db: Path, old: OldFailures) -> None:
    """Removes old failures from the queue."""
    if (old.mended or old.again) and jobs_db.is_file():
        # Needs the queue, which a build without changes does not.
        from clm.database.queue.job_queue import JobQueue
        from clm.database.queue.old_failures import remove_old_failures

        with JobQueue(jobs_db, create=False) as queue:
            remove_old_failures(queue, old.mended, old.again)


def _recorded(
    job: JobReport, outputs: frozenset[str], before: RecordedFailure | None
) -> RecordedFailure:
    # A build of fewer outputs does not mend the failure of more.
    known = before.outputs if before is not None else frozenset()
    return RecordedFailure(
        job.id, job.job_type, job.source, outputs | known, job.diagnostics, time.time()
    )


def _reported(failure: RecordedFailure) -> JobReport:
    return JobReport(
        failure.job, failure.job_type, failure.source, Outcome.FAILED, failure.diagnostics
    )
