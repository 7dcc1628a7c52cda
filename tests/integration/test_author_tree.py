"""Generated files and the author's own: noted when they differ, written only when asked to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from course_folder import CourseFolder, messages, outcomes

from clm.builder import BuildReport, Outcome
from clm.errors import Severity

pytestmark = pytest.mark.integration

WRITE = "write-images: true\n"


@pytest.fixture
def drawn(course: CourseFolder) -> CourseFolder:
    """A course whose source `pic.gen` gives the topic's file `pic.made`."""
    course.add("intro/one.shout", "text\n")
    course.add("intro/pic.gen", "picture\n")
    return course


def build(course: CourseFolder, **options: Any) -> BuildReport:
    report = course.build(backend="inline", **options)
    assert report.ok, messages(report)
    return report


def made(course: CourseFolder) -> Path:
    return course.path / "slides" / "module_100_tests" / "topic_100_intro" / "pic.made"


def generated(course: CourseFolder) -> str:
    (text,) = course.texts("pic.made")
    return text


def test_author_tree_untouched_by_default(drawn: CourseFolder) -> None:
    before = drawn.mtimes(drawn.path / "slides")

    build(drawn)

    assert drawn.mtimes(drawn.path / "slides") == before


def test_differing_superseded_file_reported(drawn: CourseFolder) -> None:
    drawn.add("intro/pic.made", "of the author\n")

    for _ in range(2):
        (note,) = build(drawn).problems
        assert note.severity is Severity.WARNING
        assert "1 file(s) in topics differ from the generated ones" in note.message
        folder = "slides/module_100_tests/topic_100_intro"
        assert note.excerpt == f"{folder}/pic.made, generated from {folder}/pic.gen"
    assert made(drawn).read_text() == "of the author\n"
    assert generated(drawn) != "of the author\n"


def test_superseded_files_share_one_note(drawn: CourseFolder) -> None:
    for number in range(12):
        drawn.add(f"intro/p{number}.gen", "picture\n")
        drawn.add(f"intro/p{number}.made", "of the author\n")

    (note,) = build(drawn).problems

    assert "12 file(s)" in note.message
    assert note.excerpt is not None
    assert note.excerpt.splitlines()[10:] == ["and 2 more"]


def test_identical_superseded_file_not_reported(drawn: CourseFolder) -> None:
    build(drawn)
    drawn.add("intro/pic.made", generated(drawn))

    assert build(drawn).problems == []


def test_generated_files_written_on_request(drawn: CourseFolder) -> None:
    drawn.more_spec = WRITE
    drawn.write_spec()

    assert build(drawn).problems == []

    assert made(drawn).read_text() == generated(drawn)
    written = drawn.mtimes(drawn.path / "slides")
    report = build(drawn)
    assert (report.problems, set(outcomes(report).values())) == ([], {Outcome.SKIPPED})
    assert drawn.mtimes(drawn.path / "slides") == written


def test_written_file_updated_on_change(drawn: CourseFolder) -> None:
    drawn.more_spec = WRITE
    drawn.add("intro/pic.gen", "old\n")
    build(drawn)
    drawn.add("intro/pic.gen", "new\n")

    assert build(drawn).problems == []

    assert made(drawn).read_text() == generated(drawn) == "NEW\n"


def test_written_when_outputs_current(drawn: CourseFolder) -> None:
    build(drawn)
    drawn.more_spec = WRITE
    drawn.write_spec()
    build(drawn)
    assert made(drawn).exists()
    made(drawn).unlink()

    build(drawn)

    assert made(drawn).read_text() == generated(drawn)


def test_written_after_cache_reset(drawn: CourseFolder) -> None:
    drawn.more_spec = WRITE
    drawn.write_spec()
    build(drawn)
    made(drawn).unlink()

    build(drawn, force_db_init=True)

    assert made(drawn).read_text() == generated(drawn)


def test_only_force_overwrites_author_file(drawn: CourseFolder) -> None:
    drawn.more_spec = WRITE
    drawn.add("intro/pic.made", "of the author\n")

    (note,) = build(drawn).problems
    assert note.severity is Severity.WARNING
    assert "pic.made was not written by CLM or was modified since" in note.message
    assert str(note.place).endswith("topic_100_intro/pic.gen")
    assert made(drawn).read_text() == "of the author\n"

    assert build(drawn, force=True).problems == []
    assert made(drawn).read_text() == generated(drawn)
