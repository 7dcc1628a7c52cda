"""Mistakes of users: one clear message each, and everything else is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm.testing import CourseProject

pytestmark = pytest.mark.e2e

SPEC = "name: K\nprog-lang: python\nsections: [{name: Eins, topics: [TOPICS]}]\n"
HEADER = """\
# j2 from 'macros.j2' import header
# {{ header("Gut", "Good") }}

# %% tags=["keep"]
1 + 1
"""
DECKS = {
    "good": HEADER,
    "raises": HEADER.replace("Gut", "R").replace("Good", "R") + "\n# %%\nx = 1\nundefined_name\n",
    "jinja": HEADER.replace("Gut", "J").replace("Good", "J")
    + "\n# %% [markdown]\n# {{ nothing }}\n",
    "header": HEADER.replace("Gut", "H").replace("Good", "H")
    + '\n# %% [markdwn] tags=["slide"]\n# Text\n',
}


@pytest.fixture
def course(tmp_path):
    """Create a course with these decks and a valid spec or the given one; returns its path."""

    def make(*decks: str, spec: str | None = None) -> Path:
        project = CourseProject(tmp_path)
        for name in decks:
            project.add(f"{name}/slides_{name}.py", DECKS[name])
        if spec is not None:
            project.spec.write_text(spec, encoding="utf-8")
        return project.spec

    return make


def written(spec: Path) -> list[Path]:
    return [
        path for path in spec.parent.rglob("*") if ".clm" in path.parts or "output" in path.parts
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("name: [", ":1:8: not YAML"),
        ("nam: x\nsections: []\n", "nam"),
        (SPEC.replace("TOPICS", "good, good"), "good"),
        (SPEC.replace("TOPICS", "goood"), "goood"),
        (SPEC.replace("TOPICS", "good").replace("python", "[1]"), ":2:"),
    ],
)
def test_invalid_spec_exits_2(course, clm, text, message):
    spec = course("good", spec=text)
    result = clm("build", spec)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert written(spec) == []


def test_missing_spec_exits_2(clm, tmp_path):
    result = clm("build", tmp_path / "nothing.yaml")
    assert result.returncode == 2
    assert "nothing.yaml" in result.stderr


def test_all_spec_problems_reported(course, clm):
    spec = course("good", spec=SPEC.replace("TOPICS", "goood") + "colour: red\nlanguages: 7\n")
    stderr = clm("build", spec).stderr
    assert "colour" in stderr
    assert ":5:" in stderr


@pytest.mark.parametrize(
    ("deck", "place", "message"),
    [
        ("raises", "slides_raises.py:9", "NameError: name 'undefined_name' is not defined"),
        ("jinja", "slides_jinja.py:8", "nothing"),
        ("header", "slides_header.py:7", "markdwn"),
    ],
)
def test_broken_deck_fails_alone(course, clm, deck, place, message):
    spec = course("good", deck)
    result = clm("build", spec)
    assert result.returncode == 1
    assert place in result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert len(list(spec.parent.glob("output/**/01 Goo*"))) == 7


def test_raising_cell_traceback_on_request(course, clm):
    spec = course("raises")
    assert "(cell " in clm("build", spec).stderr
    assert "Traceback" in clm("build", spec, "--print-tracebacks").stderr


def test_missing_plugin_named(course, clm):
    spec = course("good")
    spec.write_text(spec.read_text() + "requires: [video]\n", encoding="utf-8")
    result = clm("build", spec)
    assert result.returncode == 1
    assert "video" in result.stderr


def test_deck_of_blocked_plugin_withheld(course, clm):
    spec = course("good")
    result = clm("build", spec, CLM_BLOCK_PLUGINS="notebook")
    assert result.returncode == 1
    assert "nothing was written" in result.stderr
    assert not list(spec.parent.glob("output/**/slides_good.py"))


def test_unknown_backend_exits_2(course, clm):
    spec = course("good")
    result = clm("build", spec, "--backend", "carrier-pigeon")
    assert result.returncode == 2
    assert "sqlite" in result.stderr
    assert written(spec) == []
