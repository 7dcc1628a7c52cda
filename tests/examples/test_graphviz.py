"""A converter of files: Graphviz diagrams, which decks show."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from course_folder import CourseFolder, messages, outcomes

from clm.builder import Outcome

pytestmark = pytest.mark.integration

DECK = "look at the picture\n!needs img/way.svg\n"


@pytest.fixture
def course(course: CourseFolder, install: Callable[[str], None]) -> CourseFolder:
    install("graphviz")
    course.add("intro/one.shout", DECK)
    course.add("intro/way.dot", "digraph { deck -> page }\n")
    return course


def test_picture_for_every_audience(course: CourseFolder) -> None:
    report = course.build()
    assert report.ok, messages(report)
    pictures = [name for name in course.outputs() if name.endswith("/img/way.svg")]
    texts = [name for name in course.outputs() if name.endswith("/one.txt")]
    assert len(pictures) == len(texts) > 1


def test_deck_uses_picture(course: CourseFolder) -> None:
    course.build()
    (text,) = course.texts("one.txt")
    assert "DECK&#45;&GT;PAGE" in text


def test_unchanged_diagram_skipped(course: CourseFolder) -> None:
    course.build()
    assert set(outcomes(course.build()).values()) == {Outcome.SKIPPED}


def test_changed_diagram_rebuilt(course: CourseFolder) -> None:
    course.build()
    course.add("intro/way.dot", "digraph { deck -> slide }\n")
    assert outcomes(course.build())["way.dot"] is Outcome.BUILT
    assert all("slide" in text for text in course.texts("way.svg"))


def test_faulty_diagram_named(course: CourseFolder) -> None:
    course.add("intro/way.dot", "digraph { deck -> \n")
    report = course.build(backend="inline")
    assert "topic_100_intro/way.dot: Graphviz: Failed to parse" in messages(report)
    assert outcomes(report)["way.dot"] is Outcome.FAILED
