"""A course that has a bit of everything, built, and a preview of it with an error."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lesson import LESSON

from clm.builder.outcome.last_build import LastBuild
from clm.builder.report import BuildReport, JobReport, Outcome
from clm.cli.output.html_report import report_page
from clm.errors import Diagnostic, Place, Severity, SpecError
from clm.preview.answers import Preview
from clm.preview.live import Live
from clm.preview.server import serving
from clm.preview.trees import ServedTree, ServedTrees

SPEC = """
name: {en: Short Course, de: Kurzer Kurs}
author: Ada Lovelace
organization: {en: Academy, de: Akademie}
sections:
  - {name: {en: Week 1, de: Woche 1}, topics: [lists]}
  - {name: {en: Week 2, de: Woche 2}, topics: [more]}
output-targets:
  - {name: public, path: public, kinds: [completed, code-along], formats: [html, slides, notebook]}
  - {name: speaker, path: speaker, kinds: [speaker], formats: [html]}
theme: {footer: {en: "Academy · [Imprint](https://example.org)"}}
plugins: {site: {enabled: true, description: "A course in two weeks."}}
"""
MORE = """
# j2 from 'macros.j2' import header
# {{ header("Mehr", "More") }}

# %% [markdown] lang="en" tags=["slide"]
# ## More
#
# A second lesson.

# %%
1 + 1
""".lstrip()
DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" width="300" height="80">
<rect x="9" y="9" width="120" height="60" fill="#fff" stroke="#222" stroke-width="3"/>
<rect x="160" y="9" width="120" height="60" fill="#dae8fc" stroke="#222" stroke-width="3"/></svg>"""
FAULT = Diagnostic(
    'lang="xx" is not a language of the course',
    Severity.ERROR,
    Place("slides/module_100_m/topic_100_lists/slides_lists.py", 12, cell="3"),
    "allowed: de, en",
    '  12 | # %% lang="xx"',
)
BEGAN = 1_700_000_000.0


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the outputs, with `report.html`."""
    course = tmp_path_factory.mktemp("screens") / "course"
    for name, text in {"100_lists/slides_lists": LESSON, "110_more/slides_more": MORE}.items():
        deck = course / "slides" / "module_100_m" / f"topic_{name}.py"
        deck.parent.mkdir(parents=True)
        deck.write_text(text, encoding="utf-8")
    drawing = course / "slides/module_100_m/topic_100_lists/img/a.svg"
    drawing.parent.mkdir()
    drawing.write_text(DRAWING, encoding="utf-8")
    (course / "course.yaml").write_text(SPEC, encoding="utf-8")
    program = shutil.which("clm", path=str(Path(sys.executable).parent))
    assert program
    command = [program, "build", "--backend", "inline", "--output-dir", course / "output"]
    subprocess.run([*command, course / "course.yaml"], check=True, capture_output=True, timeout=120)
    for front in (course / "output").rglob("index.html"):
        # The version of this machine is no part of the look.
        text = re.sub(r"Python \d+\.\d+\.\w+", "Python 3.0.0", front.read_text(encoding="utf-8"))
        front.write_text(text, encoding="utf-8")
    report = BuildReport(list(_jobs()), seconds=4.0)
    page = report_page(LastBuild.of(Path("course.yaml"), BEGAN, report))
    (course / "output" / "report.html").write_text(page, encoding="utf-8")
    return course / "output"


def _jobs() -> Iterator[JobReport]:
    for at, outcome in enumerate((Outcome.BUILT, Outcome.CACHED, Outcome.FAILED, Outcome.BUILT)):
        found = (FAULT,) if outcome is Outcome.FAILED else ()
        yield JobReport(
            f"{at}.py", "notebook", f"{at}.py", outcome, found, seconds=1.0 + at,
            started=BEGAN + at / 2, worker=f"notebook-{at % 2}",
        )  # fmt: skip


@pytest.fixture(scope="session")
def served(built: Path) -> Iterator[str]:
    """The address of a preview of the pages, with an error in the spec."""
    live = Live()
    live.fail(SpecError([FAULT]))
    tree = ServedTree("public/En/Short Course", "en", public=True)
    trees = ServedTrees(built, (tree,), "secret")
    preview = Preview(live, lambda: trees, lambda: "Short Course")
    with serving(preview, "127.0.0.1", None) as port:
        yield f"http://127.0.0.1:{port}/"
