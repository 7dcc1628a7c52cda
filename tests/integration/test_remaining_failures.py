"""Failures as shown after later builds: those that remain, and only those."""

from __future__ import annotations

import json
from typing import Any

import pytest
from course_folder import CourseFolder
from operating import Clm, data
from watching import Watching

from clm.builder.options import BuildFilter
from clm.builder.outcome.last_build import load_last_build

pytestmark = pytest.mark.integration

BAD = "!error no voice\n"
BACKENDS = pytest.mark.parametrize("backend", ["inline", "sqlite"])


@pytest.fixture
def course(course: CourseFolder) -> CourseFolder:
    course.add("intro/one.shout", BAD)
    course.add("loops/two.shout", "two\n")
    return course


def part(*names: str) -> dict[str, Any]:
    return {"filter": BuildFilter(only=names)}


def failures(clm: Clm) -> set[str]:
    """The names of the failed sources, which all commands agree on as far as they show them."""
    status = data(clm("status", "--json"))
    names = {error["source"].rpartition("/")[2] for error in status["errors"]}
    queued = data(clm("jobs", "list", "--json", "--status", "failed"))["jobs"]
    assert {job["source"].rpartition("/")[2] for job in queued} <= names
    assert len(queued) == status["jobs"]["failed"] <= len(names)
    text = clm("status").stdout
    page = clm("report", "-o", "-").stdout
    for name in names:
        assert name in text
        assert name in page
    assert ("failures:" in text) == ("no voice" in page) == bool(names)
    return names


@pytest.fixture
def queue(course: CourseFolder, clm: Clm) -> None:
    """Creates the queue, without which there is no list of jobs."""
    course.add("intro/one.shout", "one\n")
    course.build()
    course.add("intro/one.shout", BAD)


@pytest.mark.usefixtures("queue")
@BACKENDS
def test_mended_failure_gone(course: CourseFolder, clm: Clm, backend: str) -> None:
    course.build(backend=backend)
    assert failures(clm) == {"one.shout"}
    course.add("intro/one.shout", "good\n")

    course.build(backend=backend)

    assert failures(clm) == set()


@pytest.mark.usefixtures("queue")
@BACKENDS
def test_failure_mended_by_partial_build(course: CourseFolder, clm: Clm, backend: str) -> None:
    course.build(backend=backend)
    course.add("intro/one.shout", "good\n")

    course.build(backend=backend, **part("intro"))

    assert failures(clm) == set()


@pytest.mark.usefixtures("queue")
@BACKENDS
def test_failure_stays_after_build_of_others(course: CourseFolder, clm: Clm, backend: str) -> None:
    course.build(backend=backend)

    for text in ("a\n", "b\n"):
        course.add("loops/two.shout", text)
        course.build(backend=backend, **part("loops"))

    assert failures(clm) == {"one.shout"}
    assert "1 failure(s) of earlier builds remain" in clm("build", "--only", "loops").stdout
    assert [job.source for job in load_last_build(course.own).earlier_failures]


@pytest.mark.usefixtures("queue")
def test_failure_mended_by_revert(course: CourseFolder, clm: Clm) -> None:
    course.build()
    course.add("intro/one.shout", "one\n")  # as before: up to date, so no job is run

    assert course.build().ok

    assert failures(clm) == set()


@pytest.mark.usefixtures("queue")
def test_repeated_failure_shown_once(course: CourseFolder, clm: Clm) -> None:
    course.build()
    course.build()

    assert failures(clm) == {"one.shout"}
    assert data(clm("status", "--json"))["jobs"]["failed"] == 1


@pytest.mark.usefixtures("queue")
def test_removed_source_leaves_no_failure(course: CourseFolder, clm: Clm) -> None:
    course.build()
    course.remove("intro/one.shout")

    course.build()

    assert failures(clm) == set()


@pytest.mark.usefixtures("queue")
def test_build_of_fewer_outputs_mends_nothing(course: CourseFolder, clm: Clm) -> None:
    course.build()
    course.add("intro/one.shout", "good\n")

    course.build(filter=BuildFilter(languages=("de",)))
    assert failures(clm) == {"one.shout"}
    course.build()

    assert failures(clm) == set()


@pytest.mark.usefixtures("queue")
def test_failure_of_fewer_outputs_mended_by_same(course: CourseFolder, clm: Clm) -> None:
    german = BuildFilter(languages=("de",))
    course.build(filter=german)
    assert failures(clm) == {"one.shout"}
    course.add("intro/one.shout", "good\n")

    course.build(filter=german)

    assert failures(clm) == set()


def test_new_title_mends_by_part(course: CourseFolder, clm: Clm) -> None:
    course.add("intro/one.shout", BAD)
    course.build()
    course.write_spec()
    course.spec.write_text(course.spec.read_text().replace("Week", "Month"))  # other paths
    course.path_of("intro/one.shout").write_text("good\n")

    course.build(**part("intro"))

    assert failures(clm) == set()


def test_unplannable_source_shown(course: CourseFolder, clm: Clm) -> None:
    course.add("intro/one.shout", "!cannot-plan\n")
    course.build(backend="inline")

    (error,) = data(clm("status", "--json"))["errors"]

    assert error["source"].endswith("one.shout")
    assert (error["id"], error["status"]) == (None, "failed")
    course.add("intro/one.shout", BAD)
    course.build(backend="inline")
    (error,) = data(clm("status", "--json"))["errors"]
    assert error["error"][0]["message"] == "no voice"


def test_other_course_keeps_its_failures(course: CourseFolder, clm: Clm) -> None:
    course.build()
    other = course.path / "other.yaml"
    other.write_text(
        "name: {de: Anderer, en: Other}\n"
        "sections: [{name: {de: Woche, en: Week}, topics: [loops]}]\n"
    )

    assert course.build(spec_path=other).ok

    assert [error["source"] for error in data(clm("status", "--json"))["errors"]]


def test_dry_run_mends_nothing(course: CourseFolder, clm: Clm) -> None:
    course.build()
    course.add("intro/one.shout", "good\n")

    course.build(dry_run=True)

    assert failures(clm) == {"one.shout"}


def test_watch_mends_failures(course: CourseFolder, clm: Clm) -> None:
    with Watching(course, {"backend": "sqlite"}) as watching:
        watching.report()
        assert [e["error"][0]["message"] for e in data(clm("status", "--json"))["errors"]]
        course.path_of("intro/one.shout").write_text("good\n")
        watching.until(lambda: course.texts("one.txt") == {"GOOD\n"})

        assert json.loads(clm("status", "--json").stdout)["errors"] == []
