"""An additional backend, in threads of the building process."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from course_folder import CourseFolder, messages, outcomes

from clm.builder import Outcome

pytestmark = pytest.mark.integration


@pytest.fixture
def course(course: CourseFolder, install: Callable[..., None]) -> CourseFolder:
    install("threads")
    course.add("intro/one.shout", "hello\n!needs made.made\n")
    course.add("intro/made.gen", "generated\n")
    course.add("loops/two.shout", "hello again\n")
    return course


def test_same_outputs_as_inline(course: CourseFolder) -> None:
    report = course.build(backend="threads", jobs=3)
    assert report.ok, messages(report)
    outputs = course.outputs()
    course.build(backend="inline", ignore_db=True)
    assert outputs == course.outputs()


def test_results_shared_between_backends(course: CourseFolder) -> None:
    course.build(backend="threads")
    assert set(outcomes(course.build()).values()) == {Outcome.SKIPPED}


def test_selectable_on_command_line(course: CourseFolder) -> None:
    code, out, err = course.start("--backend", "threads").finish()
    assert code == 0, out + err
    assert course.texts("two.txt") == {"HELLO AGAIN\n"}
