"""Plugins that extend decks and pages, in the workers of a build."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from course_folder import CourseFolder, messages

pytestmark = pytest.mark.integration

DECK = """\
# j2 from 'macros.j2' import header
# j2 from 'difficulty/macros.j2' import rated
# {{ header("Titel", "Title") }}

# %% [markdown] lang="en" tags=["difficulty-hard"]
# {{ rated("Loops", "hard") }}
#
# [exercises] at [a site](https://example.org)

# %% [markdown] lang="en" tags=["grading"]
# Two points.

# %% [markdown] lang="en" tags=["exam-task"]
# Only in exams.
"""
SPEC = """\
output-targets:
  - {path: exams, kinds: [exam], formats: [html], languages: [en]}
  - {path: course, kinds: [completed], formats: [html], languages: [en]}
theme: house
plugins:
  notebook: {extensions: [difficulty, exam, house], evaluate: false}
"""


@pytest.fixture
def course(course: CourseFolder, install: Callable[..., None]) -> CourseFolder:
    for name in ("difficulty", "exam", "house"):
        install(name, "notebook")
    course.more_spec = SPEC
    course.add("intro/slides_a.py", DECK)
    return course


def pages(course: CourseFolder) -> dict[str, str]:
    outputs = course.outputs(course.path).items()
    return {
        name.partition("/")[0]: data.decode() for name, data in outputs if name.endswith(".html")
    }


def test_workers_use_extensions(course: CourseFolder) -> None:
    report = course.build()
    assert (report.ok, messages(report)) == (True, "")
    made = pages(course)
    for page in made.values():
        assert "Loops ★★★" in page
        assert '<span class="cell-badge tag-difficulty-hard">hard</span>' in page
        assert 'target="_blank"' in page
        assert 'class="house-bar"' in page
        assert "Two points." not in page
    assert "Only in exams." in made["exams"]
    assert "Only in exams." not in made["course"]


def test_uninstalled_extension_fails_decks(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "notebook,exam,house")
    report = course.build(backend="inline")
    assert not report.ok
    assert "the course uses the extension 'difficulty', but no loaded plugin" in messages(report)
    assert pages(course) == {}


def test_unoffered_kind_rejected(course: CourseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "notebook,difficulty,house")
    code, _, err = course.start().finish()
    assert code != 0
    assert "'exam' is not one of 'kinds'" in err
