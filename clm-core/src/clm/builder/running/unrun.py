"""What is reported about jobs that were not run."""

from __future__ import annotations

from clm.builder.plan import FailedSource
from clm.builder.report import JobReport, Outcome
from clm.errors import ClmError, Diagnostic, Severity


def report_of(failed: FailedSource) -> JobReport:
    job_id = f"{failed.job_type}:{failed.source}"
    return JobReport(job_id, failed.job_type, failed.source, Outcome.FAILED, failed.diagnostics)


def needs_failed(producer: str) -> Diagnostic:
    return Diagnostic(f"not run: it needs {producer}, which failed")


def unknown_tools(job_type: str) -> Diagnostic:
    return Diagnostic(
        f"the workers for {job_type!r} were not asked for their tools yet; a build may run other "
        "jobs than this list has",
        Severity.WARNING,
        hint="a build asks them",
    )


def diagnostics_of(error: Exception) -> tuple[Diagnostic, ...]:
    if isinstance(error, ClmError):
        return error.diagnostics
    return (Diagnostic("its result is no longer in the results cache", hint="build again"),)


def is_repeated(report: JobReport, early: JobReport) -> bool:
    """Whether a report of a job only says again what an earlier one of the same build has said."""
    if report.outcome is Outcome.FAILED:
        return early.outcome is Outcome.FAILED and report.diagnostics == early.diagnostics
    return report.outcome is Outcome.SKIPPED and early.outcome is not Outcome.FAILED
