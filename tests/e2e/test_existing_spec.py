"""A course whose spec has the whole vocabulary of existing courses."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

Clm = Callable[..., "subprocess.CompletedProcess[str]"]

SPEC = """<course>
  <name><de>Kurs</de><en>Course</en></name>
  <prog-lang>python</prog-lang>
  <description><de>d</de><en>e</en></description>
  <certificate><de>d</de><en>e</en></certificate>
  <project-slug>demo</project-slug>
  <github><repository-base>https://example.org/Org</repository-base></github>
  <kernel-python>.venv</kernel-python>
  <jupyterlite><kernel>pyodide</kernel></jupyterlite>
  <sections>
    <section id="w1" optional="true" http-replay="yes">
      <name><de>Woche 1</de><en>Week 1</en></name>
      <topics>
        <subsection weekday="mon">
          <name><de>Tag 1</de><en>Day 1</en></name>
          <topic http-replay="yes">intro</topic>
          <activity kind="exam"><de>Prüfung</de><en>Exam</en></activity>
        </subsection>
        <topic export="false">loops</topic>
        <subsection enabled="false"><topic>not_written_yet</topic></subsection>
      </topics>
    </section>
  </sections>
  <dir-groups><dir-group lang="de"><name>Code</name><path>code</path></dir-group></dir-groups>
  <output-targets>
    <output-target name="students" distribute="false"><path>output/students</path>
      <kinds><kind>code-along</kind><kind>completed</kind></kinds>
      <remote-path>students</remote-path></output-target>
    <output-target name="rec"><path>output/rec</path>
      <kinds><kind>recording-code-along</kind></kinds>
      <formats><format>notebook</format><format>jupyterlite</format></formats></output-target>
  </output-targets>
  <release-channels source-target="students">
    <channel name="jan" path="solutions/jan" ledger="release/jan.txt"/></release-channels>
  <tasks><task name="t"><step>validate {spec}</step></task></tasks>
</course>"""
SECRET = "SECRET-NARRATION"
VOICEOVER = f'# %% [markdown] lang="de" tags=["voiceover"] for_slide="a"\n# {SECRET}\n'
SLIDE = '# %% [markdown] lang="de" tags=["slide"] slide_id="a"\n# ## Folie\n\n# %%\n1 + 1\n'
FILES = {
    "course.xml": SPEC,
    "code/x.py": "print(1)\n",
    "slides/_drafts/topic_100_intro/slides_intro.py": f"# %% [markdown]\n# {SECRET}\n",
    "slides/module_1_a/topic_100_intro/slides_intro.de.py": (
        f"# j2 from 'macros.j2' import header_de\n# {{{{ header_de('Anfang') }}}}\n\n{SLIDE}"
    ),
    "slides/module_1_a/topic_100_intro/slides_intro.en.py": (
        "# j2 from 'macros.j2' import header_en\n# {{ header_en('Beginning') }}\n\n# %%\n1 + 1\n"
    ),
    "slides/module_1_a/topic_100_intro/slides_intro.http-cassette.yaml": f"password: {SECRET}\n",
    "slides/module_1_a/topic_100_intro/voiceover_intro.de.py": VOICEOVER,
    "slides/module_1_a/topic_100_intro/voiceover/voiceover_intro.de.py": VOICEOVER,
    "slides/module_1_a/topic_100_intro/img/x.de.png": "de",
    "slides/module_1_a/topic_100_intro/img/x.en.png": "en",
    "slides/module_1_a/topic_200_loops/slides_loops.py": (
        "# j2 from 'macros.j2' import header\n# {{ header('Schleifen', 'Loops') }}\n\n# %%\n1\n"
    ),
}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "course.xml"


def test_every_element_used_or_named_once(clm: Clm, course: Path) -> None:
    done = clm("build", course)
    assert done.returncode == 0, done.stderr
    named = re.findall(r"'([\w-]+)' has no effect", done.stderr)
    assert sorted(named) == [
        "distribute", "github", "http-replay", "jupyterlite", "release-channels", "remote-path",
        "tasks",
    ]  # fmt: skip
    assert "there is no Python in '.venv'" in done.stderr
    output = course.parent / "output"
    files = {path.relative_to(output).as_posix() for path in output.rglob("*") if path.is_file()}
    assert {"students/De/Kurs/Code/x.py"} == {name for name in files if "/Code/" in name}
    recorded = "rec/En/Course/Slides/Notebooks/Recording-Code-Along/Week 1/02 Loops.ipynb"
    assert recorded in files
    assert not [name for name in files if "cassette" in name or "voiceover" in name]
    secrets = [p for p in output.rglob("*") if p.is_file() and SECRET.encode() in p.read_bytes()]
    assert secrets == []


def test_converted_spec_builds_the_same(clm: Clm, course: Path) -> None:
    assert clm("build", course, "-o", course.parent / "one").returncode == 0
    assert clm("convert-spec", course).returncode == 0
    yaml = course.with_suffix(".yaml")
    assert clm("build", yaml, "-o", course.parent / "two").returncode == 0
    one, two = (
        {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}
        for root in (course.parent / "one", course.parent / "two")
    )
    assert one == two
    assert clm("list", course).stdout == clm("list", yaml).stdout
