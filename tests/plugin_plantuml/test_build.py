"""Diagrams in a course, built by the installed program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from plantuml_topic import uml

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SPEC = "name: {de: Kurs, en: Course}\nsections:\n  - name: {de: A, en: A}\n    topics: [b]\n"
TOPIC = "slides/module_100_a/topic_100_b"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    (tmp_path / TOPIC / "pu").mkdir(parents=True)
    (tmp_path / "course.yaml").write_text(SPEC)
    (tmp_path / TOPIC / "slides_b.py").write_text("# %% [markdown]\n# ![](img/all.png)\n")
    (tmp_path / TOPIC / "pu/all.pu").write_text(uml("!include common.iuml", "A -> B: $name"))
    (tmp_path / TOPIC / "pu/common.iuml").write_text("!$name = 'one'\n")
    (tmp_path / TOPIC / "pu/own.de.pu").write_text(uml("A -> B"))
    return tmp_path


def build(course: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("clm.exe" if os.name == "nt" else "clm")
    return subprocess.run(
        [str(program), "build", str(course / "course.yaml")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CLM_LOAD_PLUGINS": "sqlite,notebook,plantuml"},
    )


def pictures(course: Path, name: str) -> dict[str, bytes]:
    found = (course / "output").rglob(name)
    return {path.relative_to(course / "output").parts[1]: path.read_bytes() for path in found}


def test_changed_include_redraws_pictures(course: Path):
    first = build(course)
    assert first.returncode == 0, first.stdout + first.stderr
    before = pictures(course, "all.png")
    assert set(before) == {"De", "En"}
    assert set(pictures(course, "own.de.png")) == {"De"}
    assert list((course / "output").rglob("pu")) == []
    assert not (course / TOPIC / "img").exists()

    assert "0 built" in build(course).stdout

    (course / TOPIC / "pu/common.iuml").write_text("!$name = 'another one'\n")
    again = build(course)
    assert again.returncode == 0, again.stdout + again.stderr
    after = pictures(course, "all.png")
    assert all(after[language] != before[language] for language in before)


def test_syntax_error_reported_with_place(course: Path):
    (course / TOPIC / "pu/all.pu").write_text(uml("A -> B", "wrong here"))
    result = build(course)
    assert result.returncode == 1
    assert f"{TOPIC}/pu/all.pu:3: Syntax Error?" in result.stderr
    assert pictures(course, "all.png") == {}
