"""Display of a running build: live, as plain lines, or as JSON events.

With `--json` each line of stdout is a JSON object with `version` (1; incremented when a field is
removed or changes its meaning) and `event`:

    planned        jobs (number by job type), files (to be copied), suffixes (number of files of
                   the course that are copied unchanged, by suffix)
    job-started    id, job_type, source
    job-finished   id, job_type, source, outcome, diagnostics, seconds, correlation_id, started,
                   worker
    explained      id, job_type, source, action (build, restore, skip, copy, remove), reasons; with
                   --explain or --dry-run; id and job_type are empty for files
    problem        diagnostic
    output         for each output that is up to date at the end of the build: path (in the output
                   folder), digest, written (whether this build wrote it), source, job, job_type,
                   name, title, section, target, language, kind, format, public
    summary        the last event: ok, interrupted, built, cached, skipped, failed, cancelled,
                   files_written, files_unchanged, files_removed, seconds, problems, warnings
                   (number), outputs (target, folder)
    dry-run        the last event in place of `summary` with --dry-run: number of each action,
                   problems
    error          the last event in place of `summary` if the build could not run: diagnostics

`outcome` is built, cached, skipped, failed or cancelled. A diagnostic has severity, message,
place (file, line, column, cell; or null), hint, excerpt and details.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import attrs
import click

from clm.builder.report import Action, BuildListener, BuildReport, Explanation, JobReport, Outcome
from clm.cli.options import Verbosity
from clm.cli.output.console import echo, plain
from clm.cli.output.job_lines import explanation_lines, job_line
from clm.errors import Diagnostic

if TYPE_CHECKING:
    from clm.builds import BuildOutput

EVENTS_VERSION = 1
_SHOWN = 8  # suffixes


def display(
    *, as_json: bool, correlation_ids: bool, verbosity: Verbosity = Verbosity.NORMAL
) -> tuple[BuildListener, AbstractContextManager[Any]]:
    """Return the listener that prints to stdout, and a context manager to use it in."""
    if as_json:
        return JsonLines(), nullcontext()
    if verbosity is Verbosity.QUIET:
        return BuildListener(), nullcontext()
    verbose = verbosity is Verbosity.VERBOSE
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        # Imported here: only a terminal needs rich.
        from clm.cli.output.live import LiveDisplay

        live = LiveDisplay(correlation_ids, verbose=verbose)
        return live, live
    return PlainLines(correlation_ids, verbose=verbose), nullcontext()


class PlainLines(BuildListener):
    """Prints a line for each job; for skipped jobs only if `verbose`."""

    def __init__(self, correlation_ids: bool, *, verbose: bool = False) -> None:
        self._correlation_ids = correlation_ids
        self._verbose = verbose

    def planned(
        self, jobs: Mapping[str, int], files: int, suffixes: Mapping[str, int] | None = None
    ) -> None:
        by_type = ", ".join(f"{name} {jobs[name]}" for name in sorted(jobs))
        counts = f" ({_suffix_counts(suffixes)})" if suffixes else ""
        line = f"{sum(jobs.values())} job(s) ({by_type or 'none'}), {files} file(s) to copy{counts}"
        echo(plain(line))

    def explained(self, explanation: Explanation) -> None:
        if self._verbose or explanation.action is not Action.SKIP:
            echo(explanation_lines(explanation))

    def job_finished(self, report: JobReport) -> None:
        if self._verbose or report.outcome is not Outcome.SKIPPED:
            echo(job_line(report, self._correlation_ids))


class JsonLines(BuildListener):
    """Prints a JSON object for each event."""

    def planned(
        self, jobs: Mapping[str, int], files: int, suffixes: Mapping[str, int] | None = None
    ) -> None:
        counts = dict(sorted((suffixes or {}).items()))
        write_event("planned", jobs=dict(sorted(jobs.items())), files=files, suffixes=counts)

    def job_started(self, job_type: str, job_id: str, source: str) -> None:
        write_event("job-started", id=job_id, job_type=job_type, source=source)

    def job_finished(self, report: JobReport) -> None:
        write_event("job-finished", **attrs.asdict(report))

    def explained(self, explanation: Explanation) -> None:
        write_event("explained", **attrs.asdict(explanation))

    def problem(self, diagnostic: Diagnostic) -> None:
        write_event("problem", diagnostic=attrs.asdict(diagnostic))


def _suffix_counts(suffixes: Mapping[str, int]) -> str:
    """Return the suffixes with their counts, most frequent first."""
    ordered = sorted(suffixes.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{suffix or 'no suffix'} {number}" for suffix, number in ordered[:_SHOWN]]
    others = sum(number for _, number in ordered[_SHOWN:])
    return ", ".join([*shown, f"others {others}"] if others else shown)


def write_event(event: str, **fields: Any) -> None:
    """Write an event as one line of JSON."""
    click.echo(json.dumps({"version": EVENTS_VERSION, "event": event, **fields}))


def write_outputs(outputs: Iterable[BuildOutput]) -> None:
    """Write an event for each output of a build."""
    for output in outputs:
        write_event("output", **output.as_data())


def write_summary(report: BuildReport) -> None:
    """Write the event that ends a build."""
    write_event(
        "summary",
        ok=report.ok,
        interrupted=report.interrupted,
        **{str(outcome): report.count(outcome) for outcome in Outcome},
        files_written=report.files_written,
        files_unchanged=report.files_unchanged,
        files_removed=report.files_removed,
        seconds=round(report.seconds, 3),
        warnings=len(report.warnings),
        outputs=[attrs.asdict(place) for place in report.outputs],
        problems=_plain_data(report.problems),
    )


def write_dry_run(report: BuildReport) -> None:
    """Write the event that ends a dry run."""
    counts = {str(action): report.to_do[action] for action in Action}
    write_event("dry-run", **counts, problems=_plain_data(report.problems))


def write_error(diagnostics: Iterable[Diagnostic]) -> None:
    """Write the event that ends a build that could not run."""
    write_event("error", diagnostics=_plain_data(diagnostics))


def _plain_data(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    return [attrs.asdict(diagnostic) for diagnostic in diagnostics]
