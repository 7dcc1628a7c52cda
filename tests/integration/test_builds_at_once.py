"""Concurrent builds of the same files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder, messages, outcomes, until
from held_job import HeldJob

from clm.builder import Outcome

pytestmark = pytest.mark.integration


def _fill(course: CourseFolder, word: str = "text") -> None:
    for number in range(3):
        course.add(f"intro/{number}.shout", f"{word} {number}\n!needs made.made\n")
    course.add("intro/made.gen", f"generated {word}\n")
    course.add("intro/data.csv", f"{word},1")


def _clean(new_course: Callable[[str], CourseFolder], word: str = "text") -> dict[str, bytes]:
    clean = new_course(f"clean {word}")
    _fill(clean, word)
    assert clean.build().ok
    return clean.outputs()


def test_20_concurrent_builds_match_one(
    course: CourseFolder, new_course: Callable[[str], CourseFolder]
) -> None:
    _fill(course)

    builds = [course.start(jobs=1) for _ in range(20)]
    ends = [build.finish(seconds=300) for build in builds]

    assert [code for code, _, _ in ends] == [0] * 20, ends
    assert course.outputs() == _clean(new_course)
    assert course.job_folders() == []
    assert [p for build in builds for p in build.living()] == []
    again = course.build()
    assert set(outcomes(again).values()) == {Outcome.SKIPPED}, messages(again)


def test_concurrent_courses_share_database(
    new_course: Callable[[str], CourseFolder], tmp_path: Path
) -> None:
    words = ("first", "second")
    courses = [new_course(word) for word in words]
    for course, word in zip(courses, words, strict=True):
        _fill(course, word)

    place = ("--db-path", str(tmp_path / "db" / "shared.db"))
    builds = [course.start(*place) for course in (*courses, *courses)]
    ends = [build.finish(seconds=120) for build in builds]

    assert [code for code, _, _ in ends] == [0] * 4, ends
    for course, word in zip(courses, words, strict=True):
        assert course.outputs() == _clean(new_course, word)


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_killed_build_spares_other_build(
    new_course: Callable[[str], CourseFolder], tmp_path: Path
) -> None:
    place = ("--db-path", str(tmp_path / "db" / "shared.db"))
    runs = []
    for name in ("first", "second"):
        course = new_course(name)
        _fill(course, name)
        held = HeldJob(tmp_path / "held" / name)
        course.add("intro/wait.shout", held.source("wait"))
        runs.append((course, held, course.start(*place)))
        held.await_begin()
    (first, one, killed), (second, other, run) = runs

    killed.process.kill()
    until(lambda: not killed.living(), "the end of all processes")
    other.release()
    code, out, err = run.finish()
    one.release()

    assert code == 0, (out, err)
    assert second.texts("wait.txt") == {"WAIT\n"}
    assert second.texts("2.txt") == {"SECOND 2\nGENERATED SECOND\n"}
    code, out, err = first.start(*place).finish()
    assert code == 0, (out, err)
    assert first.texts("2.txt") == {"FIRST 2\nGENERATED FIRST\n"}
