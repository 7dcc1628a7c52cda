"""One job from many files: a glossary of all topics of a section."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from course_folder import CourseFolder, messages, outcomes

from clm.builder import Outcome

pytestmark = pytest.mark.integration


@pytest.fixture
def course(course: CourseFolder, install: Callable[[str], None]) -> CourseFolder:
    install("glossary")
    course.add("intro/words.terms", "deck: what is shown\n")
    course.add("loops/words.terms", "loop: again and again\n")
    course.add("loops/more.de.terms", "Schleife: immer wieder\n")
    return course


def page(course: CourseFolder, language: str) -> str:
    pages = {
        data.decode()
        for name, data in course.outputs().items()
        if name.endswith("/Glossary.html") and f"/{language}/" in name
    }
    (only,) = pages
    return only


def test_one_page_per_language(course: CourseFolder) -> None:
    report = course.build(backend="inline")
    assert report.ok, messages(report)
    assert len(report.jobs) == 1
    assert all(word in page(course, "De") for word in ("deck", "loop", "Schleife"))
    assert "Schleife" not in page(course, "En")


def test_sources_not_in_outputs(course: CourseFolder) -> None:
    course.build(backend="inline")
    assert {name.rpartition("/")[2] for name in course.outputs()} == {"Glossary.html"}


def test_changed_source_rebuilds_page(course: CourseFolder) -> None:
    course.build(backend="inline")
    assert set(outcomes(course.build()).values()) == {Outcome.SKIPPED}
    course.add("loops/words.terms", "loop: round and round\n")
    report = course.build(backend="inline")
    assert [job.outcome for job in report.jobs] == [Outcome.BUILT]
    assert "round and round" in page(course, "En")


def test_removed_source_dropped_from_page(course: CourseFolder) -> None:
    course.build(backend="inline")
    assert "Schleife" in page(course, "De")
    course.remove("loops/more.de.terms")
    course.build(backend="inline")
    assert "Schleife" not in page(course, "De")


def test_no_page_without_sources(course: CourseFolder) -> None:
    course.build(backend="inline")
    assert page(course, "De")
    for name in ("intro/words.terms", "loops/words.terms", "loops/more.de.terms"):
        course.remove(name)
    course.add("intro/one.shout", "hello\n")
    course.build(backend="inline")
    assert {name.rpartition("/")[2] for name in course.outputs()} == {"one.txt"}


def test_error_names_file_and_line(course: CourseFolder) -> None:
    course.add("loops/words.terms", "loop: again\ndeck: cards\n")
    text = messages(course.build(backend="inline"))
    assert "topic_100_loops/words.terms:2: 'deck' is already explained in" in text
    assert "topic_100_intro/words.terms:1" in text
