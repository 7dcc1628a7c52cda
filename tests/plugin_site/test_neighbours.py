"""Jobs that run again when a deck of a course with a site gets another title."""

from __future__ import annotations

from pathlib import Path

import pytest
from clm_program import run_clm

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SPEC = """
name: {de: Kurs, en: Course}
sections:
  - {name: {de: W, en: W}, topics: [one, two]}
plugins:
  notebook: {evaluate: false}
  site: {enabled: true}
"""
DECK = "# j2 from 'macros.j2' import header\n# {{ header('TITLE', 'TITLE') }}\n"


def test_new_title_runs_no_neighbour(tmp_path: Path) -> None:
    for number, name in enumerate(("one", "two")):
        deck = tmp_path / f"slides/module_100_m/topic_{number}00_{name}/slides_{name}.py"
        deck.parent.mkdir(parents=True)
        deck.write_text(DECK.replace("TITLE", name))
    (tmp_path / "course.yaml").write_text(SPEC)
    build = "build", "--backend", "inline", tmp_path / "course.yaml"
    assert run_clm(*build).returncode == 0
    deck.write_text(DECK.replace("TITLE", "other"))
    again = run_clm(*build)
    assert again.returncode == 0
    built = {line.split()[-3] for line in again.stdout.splitlines() if line.startswith("built")}
    assert {name.rpartition("/")[2] for name in built} == {"slides_two.py", "course.yaml"}
