"""A publisher with a command and a hook."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from clm_program import run_clm
from course_folder import CourseFolder, messages

from clm.testing.course_project import files_below

pytestmark = pytest.mark.integration


@pytest.fixture
def course(course: CourseFolder, install: Callable[..., None]) -> CourseFolder:
    install("mirror")
    course.backend = "inline"
    course.settings = {"mirror": {"folder": "../web"}}
    course.add("intro/one.shout", "hello\n")
    course.add("loops/two.shout", "hello again\n")
    return course


def public(course: CourseFolder) -> set[str]:
    return {path for path in course.outputs() if path.startswith("public/")}


def web(course: CourseFolder) -> set[str]:
    root = course.path.parent / "web"
    return {path.relative_to(root).as_posix() for path in files_below(root)} - {"published.json"}


def test_command_publishes_for_students(course: CourseFolder) -> None:
    assert course.build().ok
    assert not web(course)
    done = run_clm("mirror", course.spec, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"version": 1, "changed": sorted(public(course))}
    assert web(course) == public(course)


def test_second_time_nothing_changes(course: CourseFolder) -> None:
    course.build()
    run_clm("mirror", cwd=course.path)
    done = run_clm("mirror", cwd=course.path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "0 file(s) changed" in done.stderr


def test_outdated_outputs_refused(course: CourseFolder) -> None:
    course.build()
    course.add("loops/two.shout", "changed\n")
    done = run_clm("mirror", cwd=course.path)
    assert done.returncode == 2
    assert "outputs are not up to date" in done.stderr
    assert not web(course)


def test_published_after_build(course: CourseFolder) -> None:
    course.settings = {"mirror": {"folder": "../web", "after-build": True}}
    course.write_spec()
    assert course.build().ok
    assert web(course) == public(course)
    course.remove("loops/two.shout")
    report = course.build()
    assert report.ok, messages(report)
    assert web(course) == public(course) and not any(
        path.endswith("two.txt") for path in web(course)
    )
