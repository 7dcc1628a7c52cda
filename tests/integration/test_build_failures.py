"""Failed jobs, and their effect on other jobs."""

from __future__ import annotations

from pathlib import Path

import pytest
from building import BACKENDS, full
from course_folder import CourseFolder, Recorder, messages, outcomes

from clm.builder import Outcome

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("backend", BACKENDS)
def test_failed_job_keeps_old_outputs(course: CourseFolder, backend: str) -> None:
    full(course).build(backend=backend)
    course.add("loops/two.shout", "!error cannot shout\n")
    course.add("loops/three.shout", "three")

    report = course.build(backend=backend)

    assert not report.ok
    assert outcomes(report)["two.shout"] is Outcome.FAILED
    assert outcomes(report)["three.shout"] is Outcome.BUILT
    assert course.texts("two.txt") == {"GRÜSSE\n"}
    assert course.texts("three.txt") == {"THREE"}
    assert "topic_100_loops/two.shout: cannot shout (use another word)" in messages(report)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("order", "message"),
    [
        ("!raise dividing", "failed unexpectedly: ZeroDivisionError: dividing"),
        ("!say-error wrong", "two.shout: wrong"),
        ("!missing", "lacks the outputs ['text']"),
        ("!extra more", "has undeclared outputs ['more']"),
        ("!none", "returned a NoneType, not a Result"),
        ("!cannot-plan", "failed to plan the source: RuntimeError: this cannot be planned"),
    ],
)
def test_failure_named_and_not_retried(
    course: CourseFolder, tmp_path: Path, backend: str, order: str, message: str
) -> None:
    log = tmp_path / "log"
    course.add("loops/two.shout", f"!log {log}\n{order}\n")
    listener = Recorder()

    report = course.build(listener, backend=backend)

    assert outcomes(report) == {"two.shout": Outcome.FAILED}
    assert message in messages(report)
    assert report.jobs[0].source.endswith("topic_100_loops/two.shout")
    assert listener.finished == report.jobs
    assert course.outputs() == {}
    if order != "!cannot-plan":
        assert len(log.read_text().splitlines()) == 1


def test_transient_failure_retried(course: CourseFolder, tmp_path: Path) -> None:
    course.add("loops/two.shout", f"text\n!transient 2 {tmp_path / 'tries'}\n")

    report = course.build()

    assert outcomes(report) == {"two.shout": Outcome.BUILT}
    assert len((tmp_path / "tries").read_text().splitlines()) == 3


def test_retries_end_at_max_attempts(course: CourseFolder, tmp_path: Path) -> None:
    course.add("loops/two.shout", f"!attempts 2\n!transient 9 {tmp_path / 'tries'}\n")

    report = course.build()

    assert outcomes(report) == {"two.shout": Outcome.FAILED}
    assert "attempt 2 failed" in messages(report)
    assert len((tmp_path / "tries").read_text().splitlines()) == 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_dependent_names_failed_job(course: CourseFolder, backend: str) -> None:
    full(course).add("intro/made.gen", "!error broken\n")

    report = course.build(backend=backend)

    assert outcomes(report) == {
        "made.gen": Outcome.FAILED,
        "one.shout": Outcome.FAILED,
        "two.shout": Outcome.BUILT,
    }
    (failed,) = (job for job in report.jobs if job.source.endswith("one.shout"))
    assert "not run: it needs" in str(failed.diagnostics[0])
    assert "made.gen, which failed" in str(failed.diagnostics[0])
