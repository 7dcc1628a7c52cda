"""Outputs that two topics of a section give: one output if equal, an error otherwise."""

from __future__ import annotations

import pytest
from course_folder import CourseFolder, messages, outcomes

from clm.builder import Outcome
from clm.builder.options import BuildFilter
from clm.builder.validation.course import validate_course
from clm.errors import Severity
from clm.plugins import PluginRegistry

pytestmark = pytest.mark.integration

COLLISION = "is already written from slides/module_100_tests/topic_100_a/x.gen, with other content"


def two_topics(course: CourseFolder, one: str, other: str, name: str = "x.gen") -> CourseFolder:
    """Topics `a` and `b`; `x.gen` generates `x.made`, with its text in upper case."""
    course.add("a/one.shout", "one\n")
    course.add("a/x.gen", one)
    course.add("b/two.shout", "two\n")
    course.add(f"b/{name}", other)
    return course


@pytest.fixture
def equal(course: CourseFolder) -> CourseFolder:
    return two_topics(course, "hello\n", "hello\n")


@pytest.fixture
def equal_results(course: CourseFolder) -> CourseFolder:
    """Sources that differ, with equal results."""
    return two_topics(course, "hello\n", "Hello\n")


def contents(course: CourseFolder) -> set[str]:
    return course.texts("/x.made")


@pytest.mark.parametrize("backend", ["inline", "sqlite"])
@pytest.mark.parametrize("other", ["hello\n", "Hello\n"])
def test_equal_generated_files_are_one(course: CourseFolder, backend: str, other: str) -> None:
    report = two_topics(course, "hello\n", other).build(backend=backend)
    assert report.ok, messages(report)
    assert contents(course) == {"HELLO\n"}
    before = course.mtimes(course.path / "output")

    report = course.build(backend=backend)

    assert report.ok, messages(report)
    assert set(outcomes(report).values()) == {Outcome.SKIPPED}
    assert (report.files_written, report.files_removed) == (0, 0)
    assert course.mtimes(course.path / "output") == before


def test_generated_file_and_equal_copy_are_one(course: CourseFolder) -> None:
    report = two_topics(course, "hello\n", "HELLO\n", "x.made").build()
    assert report.ok, messages(report)
    assert contents(course) == {"HELLO\n"}
    assert course.build().files_written == 0


def test_different_generated_files_are_error(course: CourseFolder) -> None:
    report = two_topics(course, "hello\n", "bye\n").build()
    assert not report.ok
    (problem,) = report.problems
    assert COLLISION in problem.message
    assert problem.place is not None and problem.place.file.endswith("topic_100_b/x.gen")
    assert contents(course) == {"HELLO\n"}
    again = course.build()
    assert not again.ok and COLLISION in messages(again)
    assert set(outcomes(again).values()) == {Outcome.SKIPPED}


def test_different_copy_is_error(course: CourseFolder) -> None:
    report = two_topics(course, "hello\n", "bye\n", "x.made").build()
    assert not report.ok
    assert COLLISION in messages(report)


@pytest.mark.parametrize("topic", ["a", "b"])
def test_edit_of_one_is_error(equal: CourseFolder, topic: str) -> None:
    assert equal.build().ok
    equal.add(f"{topic}/x.gen", "changed\n")
    report = equal.build()
    assert not report.ok
    assert COLLISION in messages(report)
    assert contents(equal) == {"CHANGED\n" if topic == "a" else "HELLO\n"}

    equal.add(f"{'b' if topic == 'a' else 'a'}/x.gen", "changed\n")
    report = equal.build()
    assert report.ok, messages(report)
    assert contents(equal) == {"CHANGED\n"}


@pytest.mark.parametrize("fixture", ["equal", "equal_results"])
@pytest.mark.parametrize("topic", ["a", "b"])
def test_removal_of_one_keeps_file(
    request: pytest.FixtureRequest, fixture: str, topic: str
) -> None:
    course: CourseFolder = request.getfixturevalue(fixture)
    assert course.build().ok
    before = {path for path in course.outputs() if path.endswith("/x.made")}
    times = {path: (course.path / "output" / path).stat().st_mtime_ns for path in before}
    course.remove(f"{topic}/x.gen")
    report = course.build()
    assert report.ok, messages(report)
    assert {path for path in course.outputs() if path.endswith("/x.made")} == before
    assert {p: (course.path / "output" / p).stat().st_mtime_ns for p in before} == times
    course.remove(f"{'b' if topic == 'a' else 'a'}/x.gen")
    assert course.build().ok
    assert contents(course) == set()


def test_results_compared_without_cache(equal_results: CourseFolder) -> None:
    assert equal_results.build().ok
    for file in equal_results.own.glob("clm_cache.db*"):
        file.unlink()
    report = equal_results.build()
    assert report.ok, messages(report)
    assert outcomes(report)["x.gen"] is Outcome.BUILT
    assert report.files_written == 0


def test_failed_rival_is_one_error(course: CourseFolder) -> None:
    report = two_topics(course, "hello\n", "!raise no\n").build()
    assert not report.ok
    assert "already written" not in messages(report)


@pytest.mark.parametrize("other", ["hello\n", "bye\n"])
def test_part_of_course_has_its_files(course: CourseFolder, other: str) -> None:
    report = two_topics(course, "hello\n", other).build(filter=only("b"))
    assert report.ok, messages(report)
    assert contents(course) == {other.upper()}


def test_part_of_course_has_its_copies(course: CourseFolder) -> None:
    two_topics(course, "hello\n", "bye\n", "x.made")
    course.add("a/data.csv", "1\n")
    course.add("b/data.csv", "1\n")
    assert course.build(filter=only("b")).ok
    assert contents(course) == {"bye\n"}
    assert course.texts("/data.csv") == {"1\n"}


def test_equal_copies_are_one(course: CourseFolder) -> None:
    course.add("a/one.shout", "one\n")
    course.add("b/two.shout", "two\n")
    for topic in "ab":
        course.add(f"{topic}/data.csv", "1\n")
    assert course.build().ok
    assert course.build().files_written == 0
    course.remove("a/data.csv")
    assert course.build().files_removed == 0
    assert course.texts("/data.csv") == {"1\n"}
    course.add("a/data.csv", "2\n")
    assert "is already written from" in messages(course.build())


def test_validation_warns_of_doubt(equal_results: CourseFolder) -> None:
    found = validate_course(equal_results.spec, PluginRegistry.load()).diagnostics
    (warning,) = (d for d in found if "x.made" in d.message)
    assert warning.severity is Severity.WARNING
    assert "a build fails if their contents differ" in warning.message


def test_validation_accepts_equal_sources(equal: CourseFolder) -> None:
    assert validate_course(equal.spec, PluginRegistry.load()).diagnostics == ()


def only(topic: str) -> BuildFilter:
    return BuildFilter(only=(topic,))
