"""Jobs that need outputs of other jobs of their plugin and stage; valid and invalid plans."""

from __future__ import annotations

import pytest
from course_folder import CourseFolder, messages

from clm.builder import BuildReport, Outcome

pytestmark = pytest.mark.integration

both_backends = pytest.mark.parametrize("backend", ["sqlite", "inline"])


def relay(course: CourseFolder) -> CourseFolder:
    course.add("intro/one.shout", "whole\n!relay half.csv\n!needs half.csv.loud\n")
    course.add("intro/half.csv", "half\n")
    return course


def ends(report: BuildReport) -> dict[str, Outcome]:
    return {job.id.rpartition("/")[2]: job.outcome for job in report.jobs}


@both_backends
def test_dependency_within_stage(course: CourseFolder, backend: str) -> None:
    report = relay(course).build(backend=backend)

    assert report.ok, messages(report)
    assert course.texts("one.txt") == {"WHOLE\nHALF\n"}


@both_backends
def test_dependency_from_cache(course: CourseFolder, backend: str) -> None:
    relay(course).build(backend=backend)
    course.add("intro/one.shout", "new\n!relay half.csv\n!needs half.csv.loud\n")

    report = course.build(backend=backend)

    assert ends(report) == {"one.shout:half.csv": Outcome.SKIPPED, "one.shout": Outcome.BUILT}
    assert course.texts("one.txt") == {"NEW\nHALF\n"}


@both_backends
def test_second_build_skips_all(course: CourseFolder, backend: str) -> None:
    relay(course).build(backend=backend)

    assert set(ends(course.build(backend=backend)).values()) == {Outcome.SKIPPED}


@both_backends
def test_dependency_rebuilt_after_cache_reset(course: CourseFolder, backend: str) -> None:
    relay(course).build(backend=backend)
    course.add("intro/one.shout", "new\n!relay half.csv\n!needs half.csv.loud\n")

    report = course.build(backend=backend, force_db_init=True)

    assert report.ok, messages(report)
    assert course.texts("one.txt") == {"NEW\nHALF\n"}


@both_backends
def test_dependent_fails_with_dependency(course: CourseFolder, backend: str) -> None:
    relay(course).add("intro/half.csv", "!error no half\n")

    report = course.build(backend=backend)

    assert set(ends(report).values()) == {Outcome.FAILED}
    assert "no half" in messages(report)
    assert "not run: it needs" in messages(report)


@both_backends
@pytest.mark.parametrize(
    ("orders", "message"),
    [
        ("!plan-unknown-job", "it needs the output 'text' of the job 'nobody', which was not"),
        ("!plan-itself", "one.shout', which was not planned before it"),
        ("!relay half.csv\n!plan-unknown-output", "it needs the output 'nothing' of the job"),
        ("!plan-unknown-type", "no loaded plugin offers its job type 'nobody'"),
        ("!plan-payload", "takes ShoutPayload, not str"),
        ("!plan-nothing", "None is not a JobRequest"),
        ("!same-id", "duplicate job id"),
    ],
)
def test_invalid_plan_fails_alone(
    course: CourseFolder, backend: str, orders: str, message: str
) -> None:
    course.add("intro/one.shout", f"one\n{orders}\n")
    course.add("intro/half.csv", "half")
    course.add("loops/two.shout", "two")

    report = course.build(backend=backend)

    assert not report.ok
    assert message in messages(report)
    assert course.texts("two.txt") == {"TWO"}
