"""Courses with diagrams where the plugins that convert these are not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

SPEC = """\
name: {de: Kurs, en: Course}
prog-lang: python
sections:
  - name: {de: Eins, en: One}
    topics: [a]
"""
DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Bilder", "Pictures") }}

# %% [markdown]
# ![A picture](img/x.png)
"""
PICTURE = b"\x89PNG as the author has drawn it"
BLOCKED = {"CLM_BLOCK_PLUGINS": "drawio,plantuml"}


def write(spec: Path, files: dict[str, str | bytes], more: str = "") -> Path:
    spec.write_text(SPEC + more, encoding="utf-8")
    for name, content in files.items():
        path = spec.parent / "slides" / "module_1_m" / "topic_1_a" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return spec


@pytest.fixture
def course(tmp_path):
    return tmp_path / "course.yaml"


DIAGRAMS: dict[str, str | bytes] = {
    "drawio/x.drawio": "<mxfile/>",
    "pu/y.pu": "@startuml\nA -> B\n@enduml\n",
    "img/x.png": PICTURE,
}


def outputs(spec: Path, name: str) -> list[Path]:
    return list((spec.parent / "output").rglob(name))


def test_diagrams_are_copied_and_named_and_pictures_that_are_there_used(course, clm):
    write(course, {"slides_a.py": DECK, **DIAGRAMS})
    result = clm("build", course, **BLOCKED)
    assert result.returncode == 0, result.stderr
    assert "2 file(s) are copied as they are, since no plugin here converts them" in result.stderr
    assert "a/drawio/x.drawio" in result.stderr
    assert "a/pu/y.pu" in result.stderr
    assert "blocked are: drawio, plantuml" in result.stderr
    assert {path.read_bytes() for path in outputs(course, "x.png")} == {PICTURE}
    assert outputs(course, "x.drawio")
    assert outputs(course, "*Pictures.html")
    assert "1 built" in result.stdout


def test_a_course_of_diagrams_only_is_copied_with_the_same_words(course, clm):
    write(course, DIAGRAMS)
    result = clm("build", course, **BLOCKED)
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("warning:") == 1
    assert "a/pu/y.pu" in result.stderr
    assert len(outputs(course, "y.pu")) == len(outputs(course, "x.png")) == 14


def test_a_second_build_without_the_plugins_touches_nothing(course, clm):
    write(course, {"slides_a.py": DECK, **DIAGRAMS})
    clm("build", course, **BLOCKED)
    assert "0 files written" in clm("build", course, **BLOCKED).stdout


@pytest.mark.parametrize("name", ["drawio", "plantuml"])
def test_a_blocked_plugin_that_the_course_requires_is_an_error(course, clm, name):
    write(course, {"slides_a.py": DECK}, more=f"requires: [{name}]\n")
    result = clm("build", course, **BLOCKED)
    assert result.returncode == 1
    assert f"the course needs the plugin {name!r}, which is blocked" in result.stderr
    assert "CLM_BLOCK_PLUGINS" in result.stderr


def test_a_plugin_that_is_not_installed_is_named_with_its_package(course, clm):
    write(course, {"slides_a.py": DECK}, more="requires: [excalidraw]\n")
    result = clm("build", course, "--json")
    summary = json.loads(result.stdout.splitlines()[-1])
    (problem,) = summary["problems"]
    assert result.returncode == 1
    assert problem["severity"] == "error"
    assert problem["hint"] == "pip install clm-plugin-excalidraw"
