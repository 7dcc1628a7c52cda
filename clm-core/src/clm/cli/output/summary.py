"""Summary of a build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from clm.builder.report import Action, BuildReport, JobReport, Outcome
from clm.cli.options import Settings
from clm.cli.output.console import echo, plain, show
from clm.cli.output.excerpts import SourceLines
from clm.cli.output.formatting import duration, shown_path
from clm.cli.output.repeated import repeated
from clm.course.files import is_folder
from clm.errors import Diagnostic, Place, Severity
from clm.hints import listing

_INDENT = "    "
_SHOWN = 8  # output folders


def show_summary(
    report: BuildReport, settings: Settings, *, correlation_ids: bool, spec: Path | None = None
) -> None:
    """Print warnings and errors on stderr, then, unless quiet, the counts on stdout.

    Messages are sorted by file and line; a message of several jobs or about several files is
    printed once. `spec` is the path given by the user.
    """
    sources = SourceLines(report.data_dir, spec)
    details = settings.print_tracebacks or settings.verbose
    jobs: dict[tuple[str, Place | None], tuple[Diagnostic, JobReport | None]] = {}
    for diagnostic, job in sorted(_diagnostics(report), key=_position):
        jobs.setdefault((diagnostic.message, diagnostic.place), (diagnostic, job))
    messages = repeated((diagnostic for diagnostic, _ in jobs.values()), merge=not correlation_ids)
    for severity in (Severity.WARNING, Severity.ERROR):
        for item in (item for item in messages if item.diagnostic.severity is severity):
            job = jobs[item.diagnostic.message, item.diagnostic.place][1]
            also = item.also or _job(job, item.diagnostic, correlation_ids)
            show(item.diagnostic, details=details, also=also, sources=sources)
    if not settings.quiet:
        echo("\n".join(_ending(report)))


def _ending(report: BuildReport) -> Iterator[str]:
    yield _to_do(report) if report.dry_run else f"{_verdict(report)} {counts(report)}"
    if report.strict and report.warnings:
        yield f"{_INDENT}{len(report.warnings)} warning(s), which count as errors with --strict"
    if report.earlier_failures:
        number = len(report.earlier_failures)
        yield f"{_INDENT}{number} failure(s) of earlier builds remain; see `clm status`"
    folders = [Path(place.folder) for place in report.outputs]
    existing = [shown_path(folder) for folder in folders if is_folder(folder)]
    if existing and not report.dry_run:
        yield plain(f"{_INDENT}outputs: {listing(existing, _SHOWN)}")


def _to_do(report: BuildReport) -> str:
    numbers = ", ".join(f"{report.to_do[action]} to {action}" for action in Action)
    return f"{numbers}; nothing was done"


def _verdict(report: BuildReport) -> str:
    if report.interrupted:
        return click.style("interrupted:", fg="yellow", bold=True)
    if report.ok:
        return click.style("done:", fg="green", bold=True)
    return click.style("failed:", fg="red", bold=True)


def counts(report: BuildReport) -> str:
    """Return the counts of a build in two lines."""
    jobs = ", ".join(
        f"{report.count(outcome)} {text}"
        for outcome, text in (
            (Outcome.BUILT, "built"),
            (Outcome.CACHED, "from cache"),
            (Outcome.SKIPPED, "skipped"),
            (Outcome.FAILED, "failed"),
            (Outcome.CANCELLED, "cancelled"),
        )
        if outcome is not Outcome.CANCELLED or report.count(outcome)
    )
    others = sum(problem.severity is Severity.ERROR for problem in report.problems)
    if others:  # they belong to no job, so `0 failed` would be all that is said of them
        jobs += f", {others} other error(s)"
    files = (
        f"{report.files_written} files written, {report.files_unchanged} unchanged, "
        f"{report.files_removed} removed"
    )
    return f"{jobs}\n{_INDENT}{files}; {duration(report.seconds)}"


def _diagnostics(report: BuildReport) -> Iterator[tuple[Diagnostic, JobReport | None]]:
    for problem in report.problems:
        yield problem, None
    for job in report.jobs:
        yield from ((diagnostic, job) for diagnostic in job.diagnostics)
        if job.outcome is Outcome.FAILED and not job.diagnostics:
            yield Diagnostic(f"{job.source}: the job failed without a message"), job


def _position(item: tuple[Diagnostic, JobReport | None]) -> tuple[str, int, int]:
    diagnostic, job = item
    place = diagnostic.place or Place(job.source if job else "")
    return place.file, place.line or 0, place.column or 0


def _job(job: JobReport | None, diagnostic: Diagnostic, correlation_ids: bool) -> str | None:
    if job is None:
        return None
    if correlation_ids:
        return f"job: {job.job_type} {job.source} [{job.correlation_id}]"
    if diagnostic.place and diagnostic.place.file == job.source:
        return None  # the message already names the source
    return f"job: {job.job_type} {job.source}"
