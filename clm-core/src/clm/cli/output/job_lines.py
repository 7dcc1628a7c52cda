"""Lines of text for jobs and explanations."""

from __future__ import annotations

import click

from clm.builder.report import Explanation, JobReport, Outcome
from clm.cli.output.console import plain

_COLOURS = {Outcome.FAILED: "red", Outcome.CANCELLED: "yellow", Outcome.BUILT: "green"}


def job_line(report: JobReport, correlation_ids: bool) -> str:
    """Return the line for a finished job."""
    outcome = click.style(f"{report.outcome:9}", fg=_COLOURS.get(report.outcome))
    seconds = f" ({report.seconds:.1f} s)" if report.seconds else ""
    correlation_id = f" [{report.correlation_id}]" if correlation_ids else ""
    return outcome + plain(f" {report.job_type} {report.source}{seconds}{correlation_id}")


def explanation_lines(explanation: Explanation) -> str:
    """Return the line of an action, followed by a line for each reason."""
    job_type = f"{explanation.job_type} " if explanation.job_type else ""
    head = f"{explanation.action:9} {job_type}{explanation.source}"
    return plain("\n".join([head, *(f"{'':10}{reason}" for reason in explanation.reasons)]))
