"""Courses created by `clm init`, with all combinations of plugins."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

PLUGINS = ("drawio", "notebook", "plantuml")
COMBINATIONS = [names for n in (1, 2, 3) for names in combinations(PLUGINS, n)]
SOURCES = {"drawio": ".drawio", "notebook": ".py", "plantuml": ".pu"}


def build_silently(clm, folder: Path, **environment: str) -> dict:
    built = clm("build", folder / "course.yaml", "--json", **environment)
    events = [json.loads(line) for line in built.stdout.splitlines()]
    assert (built.returncode, built.stderr) == (0, "")
    assert events[-1]["ok"]
    assert events[-1]["problems"] == []
    assert [e["diagnostics"] for e in events if e.get("diagnostics")] == []
    return events[-1]


@pytest.mark.parametrize("names", COMBINATIONS, ids=",".join)
def test_new_course_builds_without_warnings(clm, tmp_path, names):
    environment = {"CLM_LOAD_PLUGINS": ",".join(names)}
    made = clm("init", tmp_path / "new", "--yes", **environment)
    assert made.returncode == 0
    assert ("has no outputs yet" in made.stderr) == ("notebook" not in names)
    suffixes = {path.suffix for path in (tmp_path / "new" / "slides").rglob("*.*")}
    assert suffixes == {SOURCES[name] for name in names}
    summary = build_silently(clm, tmp_path / "new", **environment)
    # Pictures are delivered beside pages, so without the plugin for pages there are no jobs.
    assert summary["built"] == (2 * len(names) - 1 if "notebook" in names else 0)


def test_init_without_plugins_refused(clm, tmp_path):
    made = clm("init", tmp_path / "new", "--yes", CLM_BLOCK_PLUGINS=",".join(PLUGINS))
    assert (made.returncode, made.stdout) == (2, "")
    assert "no installed plugin provides starter files for a course" in made.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        ["--languages", "en"],
        ["--languages", "fr,pt-BR", "--name", "fr=Cours: l'été", "--name", "pt-BR=Curso #1"],
        ["--prog-lang", "cpp", "--author", "Ada Lovelace"],
        ["--languages", "en,de,es", "--prog-lang", "rust"],
    ],
    ids=" ".join,
)
def test_init_options_build_without_warnings(clm, tmp_path, options):
    made = clm("init", tmp_path / "new", "--yes", *options)
    assert made.returncode == 0
    build_silently(clm, tmp_path / "new")
