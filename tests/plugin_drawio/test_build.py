"""A whole course with diagrams, built by the installed program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.integration, pytest.mark.usefixtures("shared_worker")]

SPEC = """
name: {de: Kurs, en: Course}
prog-lang: python
sections:
  - name: {de: Woche, en: Week}
    topics: [shapes]
plugins:
  drawio: {scale: 1, files: {"wide.*": {formats: [svg]}}}
"""
DECK = """# %% [markdown] lang="de"
# # Formen
# ![Netz](img/net.png)
# %% [markdown] lang="en"
# # Shapes
# ![net](img/net.png)
"""


@pytest.fixture
def course(tmp_path, simple, make) -> Path:
    topic = tmp_path / "slides" / "module_100_a" / "topic_100_shapes"
    (topic / "drawio").mkdir(parents=True)
    (tmp_path / "course.yaml").write_text(SPEC)
    (topic / "slides_shapes.py").write_text(DECK)
    for name in ("net", "text.de", "text.en", "wide"):
        (topic / "drawio" / f"{name}.drawio").write_text(simple)
    (topic / "drawio" / "a.drawio.svg").write_text(make.editable_svg(simple))
    (topic / "drawio" / "b.drawio.png").write_bytes(make.editable_png(simple))
    return tmp_path


def build(course: Path) -> str:
    command = [
        sys.executable,
        "-c",
        "from clm.cli.main import run; run()",
        "build",
        "course.yaml",
        "--backend",
        "inline",
    ]
    answer = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr


def names(course: Path, language: str) -> set[str]:
    found = (course / "output").glob(f"public/{language}/**/img/*")
    return {path.name for path in found}


def test_pictures_follow_their_decks(course):
    output = build(course)
    assert names(course, "De") == {"net.png", "text.de.png", "wide.svg", "a.png", "b.png"}
    assert names(course, "En") == {"net.png", "text.en.png", "wide.svg", "a.png", "b.png"}
    assert not list((course / "output").rglob("*.drawio*"))
    assert not list((course / "slides").rglob("img"))
    assert "does not exist" not in output
    again = build(course)
    assert "0 built" in again


def test_export_beside_diagram_delivered(course):
    topic = course / "slides" / "module_100_a" / "topic_100_shapes"
    (topic / "drawio" / "net.drawio").rename(topic / "net.drawio")
    (topic / "net.drawio.png").write_bytes(b"an export without its diagram")
    build(course)
    copies = list((course / "output").glob("public/En/**/net.drawio.png"))
    assert {copy.read_bytes() for copy in copies} == {b"an export without its diagram"}
    assert "net.png" in names(course, "En")
