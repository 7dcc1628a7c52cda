"""Unusual file names, and cyclic links."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder, messages

from clm.builder.validation.course import validate_course
from clm.errors import Severity
from clm.plugins import PluginRegistry

pytestmark = pytest.mark.integration
NewCourse = Callable[[str], CourseFolder]
LONG = "x" * 200


def test_spaces_and_umlauts_kept(new_course: NewCourse) -> None:
    course = new_course("Mein Kurs für Anfänger/课程 1")
    course.add("größe/Übung 1 (neu).shout", "hallo\n!needs daten für alle.csv\n")
    course.add("größe/daten für alle.csv", "a;b\n")
    report = course.build(backend="inline")
    assert report.ok, messages(report)
    names = {path.rpartition("/")[2] for path in course.outputs()}
    assert names == {"Übung 1 (neu).txt", "daten für alle.csv"}


def test_names_of_200_characters_kept(new_course: NewCourse) -> None:
    course = new_course("course")
    course.add(f"a/{LONG}.shout", "hello\n")
    course.add(f"a/{LONG}/{LONG}.csv", "x")
    report = course.build(backend="inline")
    assert report.ok, messages(report)
    assert any(path.endswith(f"/{LONG}.txt") for path in course.outputs())
    assert any(path.endswith(f"/{LONG}/{LONG}.csv") for path in course.outputs())


def test_long_title_cut_for_folder(new_course: NewCourse) -> None:
    course = new_course("course")
    course.add("a/a.shout", "hello\n")
    text = course.spec.read_text(encoding="utf-8")
    course.spec.write_text(text.replace("de: Woche", f"de: {'ä' * 1000}"), encoding="utf-8")
    report = course.build(backend="inline")
    assert report.ok, messages(report)
    folders = [Path(path).parts for path in course.outputs() if "/De/" in path]
    assert folders and all(len(part.encode()) <= 220 for parts in folders for part in parts)


def test_build_folder_skipped_inside_topics(
    new_course: NewCourse,
) -> None:
    course = new_course("build/dist/out")
    course.add("a/a.shout", "hello\n")
    course.add("a/build/b.shout", "made by a tool\n")
    module = course.path / "slides" / "build" / "topic_100_build"
    module.mkdir(parents=True)
    (module / "c.shout").write_text("hello\n")
    text = course.spec.read_text(encoding="utf-8")
    course.spec.write_text(text.replace("[a]", "[a, build]"), encoding="utf-8")
    report = course.build(backend="inline")
    assert report.ok, messages(report)
    assert {path.rpartition("/")[2] for path in course.outputs()} == {"a.txt", "c.txt"}


def test_names_differing_in_case_collide(
    new_course: NewCourse,
) -> None:
    course = new_course("course")
    course.add("a/Data.csv", "1")
    course.add("a/data.csv", "2")
    course.add("a/a.shout", "hello\n")
    if (course.path / "slides" / "module_100_tests" / "TOPIC_100_A").exists():
        pytest.skip("this file system ignores case")
    report = course.build(backend="inline")
    assert not report.ok
    assert "is already written from" in messages(report)
    found = validate_course(course.spec, PluginRegistry.load())
    assert sorted(d.severity for d in found.diagnostics) == [Severity.ERROR, Severity.WARNING]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("name", ["log_12:00.csv", "a\\b.csv", "x:y/what?.csv", "CON"])
def test_names_refused_by_windows_work(new_course: NewCourse, name: str) -> None:
    course = new_course("course")
    course.add(f"a/{name}", "12:00\n")
    course.add("a/a.shout", f"hello\n!needs {name}\n")
    report = course.build(backend="inline")
    assert report.ok, messages(report)
    assert any(path.endswith(f"/{name}") for path in course.outputs())
    assert len([p for p in report.problems if "Windows does not allow" in p.message]) == (
        2 if "/" in name else 1
    )
    found = validate_course(course.spec, PluginRegistry.load()).diagnostics
    assert [d for d in found if d.severity is Severity.ERROR] == []
    assert any("Windows does not allow" in d.message for d in found)


def test_topic_ids_are_case_sensitive(new_course: NewCourse) -> None:
    course = new_course("course")
    course.add("intro/a.shout", "hello\n")
    course.add("Intro/b.shout", "hello\n")
    if len(list((course.path / "slides" / "module_100_tests").iterdir())) == 1:
        pytest.skip("this file system ignores case")
    assert course.build(backend="inline").ok
    assert {path.rpartition("/")[2] for path in course.outputs()} == {"a.txt", "b.txt"}


def test_circular_link_gives_warning(new_course: NewCourse) -> None:
    course = new_course("course")
    deck = course.add("a/a.shout", "hello\n")
    (deck.parent / "again").symlink_to(deck.parent, target_is_directory=True)
    report = course.build(backend="inline")
    assert report.ok
    assert "the link leads to a folder that contains it" in messages(report)
    assert {path.rpartition("/")[2] for path in course.outputs()} == {"a.txt"}


def test_link_to_itself_is_error(new_course: NewCourse) -> None:
    course = new_course("course")
    deck = course.add("a/a.shout", "hello\n")
    (deck.parent / "loop").symlink_to(deck.parent / "loop")
    (problem,) = validate_course(course.spec, PluginRegistry.load()).diagnostics
    assert "broken link" in problem.message
    assert problem.place is not None and problem.place.file.endswith("topic_100_a/loop")


def test_circular_include_ends(new_course: NewCourse) -> None:
    course = new_course("course")
    course.add("a/a.shout", "hello\n")
    shared = course.path / "shared"
    shared.mkdir()
    (shared / "x.csv").write_text("x")
    (shared / "round").symlink_to(shared, target_is_directory=True)
    text = course.spec.read_text(encoding="utf-8")
    course.spec.write_text(text + "    includes: [shared]\n", encoding="utf-8")
    report = course.build(backend="inline")
    assert report.ok, messages(report)
    names = {path.rpartition("/")[2] for path in course.outputs()}
    assert names == {"a.txt", "x.csv"}
