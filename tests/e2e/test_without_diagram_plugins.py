"""Courses with diagrams, without the plugins that convert them."""

from __future__ import annotations

import json

import pytest

from clm.testing import CourseProject

pytestmark = pytest.mark.e2e

DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Bilder", "Pictures") }}

# %% [markdown]
# ![A picture](img/x.png)
"""
PICTURE = "The picture, as the author has drawn it"
DIAGRAMS = {
    "a/drawio/x.drawio": "<mxfile/>",
    "a/pu/y.pu": "@startuml\nA -> B\n@enduml\n",
    "a/img/x.png": PICTURE,
}
BLOCKED = {"CLM_BLOCK_PLUGINS": "drawio,plantuml"}


@pytest.fixture
def course(tmp_path):
    return CourseProject(tmp_path)


def add(course, files):
    for name, text in files.items():
        course.add(name, text)


def count(course, end):
    return sum(path.endswith(end) for path in course.outputs())


def test_diagrams_copied_with_warning(course, clm):
    add(course, {"a/slides_a.py": DECK, **DIAGRAMS})
    result = clm("build", course.spec, **BLOCKED)
    assert result.returncode == 0, result.stderr
    assert "2 file(s) are copied unchanged, since no installed plugin" in result.stderr
    assert "a/drawio/x.drawio" in result.stderr
    assert "a/pu/y.pu" in result.stderr
    assert "blocked: drawio, plantuml" in result.stderr
    assert course.texts("/x.png") == {PICTURE}
    assert count(course, "/x.drawio") == count(course, "/y.pu") == 14
    assert count(course, "Pictures.html") == 3
    assert "1 built" in result.stdout


def test_diagrams_only_course_copied(course, clm):
    add(course, DIAGRAMS)
    result = clm("build", course.spec, **BLOCKED)
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("warning:") == 1
    assert "a/pu/y.pu" in result.stderr
    assert count(course, "/y.pu") == count(course, "/x.png") == 14


def test_second_build_writes_nothing(course, clm):
    add(course, {"a/slides_a.py": DECK, **DIAGRAMS})
    assert "1 built" in clm("build", course.spec, **BLOCKED).stdout
    assert "0 files written" in clm("build", course.spec, **BLOCKED).stdout


@pytest.mark.parametrize("name", ["drawio", "plantuml"])
def test_required_blocked_plugin_is_error(course, clm, name):
    course.more_spec = f"requires: [{name}]\n"
    add(course, {"a/slides_a.py": DECK})
    result = clm("build", course.spec, **BLOCKED)
    assert result.returncode == 1
    assert f"the course needs the plugin {name!r}, which is blocked" in result.stderr
    assert "CLM_BLOCK_PLUGINS" in result.stderr


def test_missing_plugin_hints_package(course, clm):
    course.more_spec = "requires: [excalidraw]\n"
    add(course, {"a/slides_a.py": DECK})
    result = clm("build", course.spec, "--json")
    summary = json.loads(result.stdout.splitlines()[-1])
    (problem,) = summary["problems"]
    assert result.returncode == 1
    assert problem["severity"] == "error"
    assert problem["hint"] == "pip install clm-plugin-excalidraw"
