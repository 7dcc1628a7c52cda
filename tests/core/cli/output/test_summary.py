"""The last lines of a build's output."""

from __future__ import annotations

from clm.builder.report import BuildReport
from clm.cli.output.summary import counts
from clm.errors import Diagnostic, Severity


def test_errors_without_job_are_counted() -> None:
    problems = [Diagnostic("one"), Diagnostic("two"), Diagnostic("three", Severity.WARNING)]
    assert "0 failed, 2 other error(s)\n" in counts(BuildReport(problems=problems))


def test_build_without_errors_has_no_others() -> None:
    assert "other" not in counts(BuildReport())
