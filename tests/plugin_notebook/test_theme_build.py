"""Builds of a course whose theme changes."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest

from clm.builder import Outcome
from clm.testing import CourseProject, MakeProject, outcomes

DECK = "# %% [markdown]\n# # Title\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def course(course_project: MakeProject) -> CourseProject:
    """A course with a theme in a folder, built once."""
    course = course_project(
        {"intro/slides_a.py": DECK},
        plugins=["notebook"],
        settings={"notebook": {"evaluate": False}},
    )
    course.more_spec = "theme: ./house\n"
    course.write_spec()
    write(course, "theme.yaml", 'logo: logo.svg\ncolors: {accent: "#0b5394"}\n')
    write(course, "theme.css", "h1 { color: red }\n")
    write(course, "logo.svg", SVG)
    assert course.build().ok
    return course


def write(course: CourseProject, name: str, text: str) -> Path:
    path = course.path / "house" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def outcome(course: CourseProject) -> Outcome:
    return outcomes(course.build())["slides_a.py"]


def test_same_theme_skipped(course: CourseProject) -> None:
    assert outcome(course) is Outcome.SKIPPED


def test_comment_in_theme_skipped(course: CourseProject) -> None:
    write(course, "theme.yaml", '# accent\nlogo: logo.svg\ncolors: {accent: "#0b5394"}\n')
    assert outcome(course) is Outcome.SKIPPED


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("theme.yaml", 'colors: {accent: "#5b2a86"}\n', "light-dark(#5b2a86"),
        ("theme.css", "h1 { color: blue }\n", "h1 { color: blue }"),
        ("logo.svg", f"{SVG} ", b64encode(f"{SVG} ".encode()).decode()),
        (
            "page.html.j2",
            "{% extends 'base/page.html.j2' %}{% block after %}End{% endblock %}",
            "End",
        ),
    ],
)
def test_changed_theme_built(course: CourseProject, name: str, text: str, shown: str) -> None:
    write(course, name, text)
    assert outcome(course) is Outcome.BUILT
    pages = [data.decode() for path, data in course.outputs().items() if path.endswith(".html")]
    assert pages
    assert all(shown in page for page in pages)


def test_theme_not_in_outputs(course: CourseProject) -> None:
    assert not any("house" in path or path.endswith(".svg") for path in course.outputs())
