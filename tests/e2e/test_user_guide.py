"""Examples of the user guide: specs, the deck, and the first commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from clm.builder.planning.plugins.settings import check_settings
from clm.course.syntax.reader import load_spec
from clm.plugins import PluginRegistry

pytestmark = pytest.mark.e2e

GUIDE = Path(__file__).parents[2] / "docs" / "user-guide.md"
TEXT = GUIDE.read_text(encoding="utf-8")
WHOLE = {
    "name": "name: {de: Mein Kurs, en: My Course}\n",
    "sections": "sections: [{name: W, topics: [introduction]}]\n",
}


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.M | re.S)


def as_spec(excerpt: str) -> str:
    """The excerpt of a spec, completed with the missing keys."""
    if excerpt.startswith("topics:"):
        topics = "".join(f"    {line}\n" for line in excerpt.splitlines())
        return f"{WHOLE['name']}sections:\n  - name: W\n{topics}"
    more = [text for key, text in WHOLE.items() if not re.search(rf"^{key}:", excerpt, re.M)]
    return excerpt + "".join(more)


@pytest.mark.parametrize("excerpt", blocks("yaml"))
def test_yaml_specs_are_valid(tmp_path, excerpt):
    (tmp_path / "course.yaml").write_text(as_spec(excerpt), encoding="utf-8")
    check_settings(load_spec(tmp_path / "course.yaml"), PluginRegistry.load())


def test_xml_spec_converts_to_yaml(tmp_path, clm):
    (spec,) = blocks("xml")
    (tmp_path / "course.xml").write_text(spec, encoding="utf-8")
    check_settings(load_spec(tmp_path / "course.xml"), PluginRegistry.load())
    assert clm("convert-spec", tmp_path / "course.xml").returncode == 0
    assert load_spec(tmp_path / "course.yaml").sections[0].id == "w1"


def test_guide_course_builds(tmp_path, clm):
    spec = next(block for block in blocks("yaml") if "Week 2" in block)
    (deck,) = (block for block in blocks("python") if "Einführung" in block)
    (tmp_path / "course.yaml").write_text(spec, encoding="utf-8")
    for number, topic in enumerate(("introduction", "loops", "functions")):
        folder = tmp_path / "slides" / "module_100_basics" / f"topic_{number}_{topic}"
        folder.mkdir(parents=True)
        text = deck.replace("Introduction", f"Introduction {number}")
        (folder / f"slides_{topic}.py").write_text(text, encoding="utf-8")
    built = clm("build", tmp_path / "course.yaml")
    assert (built.returncode, built.stderr) == (0, "")
    pages = tmp_path / "output/public/En/My Course/Slides/Html/Completed"
    assert {path.name for path in pages.rglob("*.html")} == {
        "01 Introduction 0.html", "02 Introduction 1.html", "01 Introduction 2.html"
    }  # fmt: skip


def test_getting_started_commands_work(tmp_path, monkeypatch, clm):
    monkeypatch.chdir(tmp_path)
    begin = TEXT.split("## Beginning a course\n\n")[1].split("\n\n")[0]
    commands = [shlex.split(line)[1:] for line in begin.splitlines()]
    assert commands[0] == ["init", "my-course"]
    for command in commands:
        if command[0] == "preview":
            # It serves pages until it is interrupted, and has tests of its own.
            command = ["build", *command[1:]]
        done = clm(*command, *(["--yes"] if command[0] == "init" else []))
        assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.glob("my-course/output/public/De/**/*.html"))


def test_problem_shown_as_in_guide(tmp_path, monkeypatch, clm):
    monkeypatch.chdir(tmp_path)
    shown = TEXT.split("    error: course.yaml:9:9:")[1].split("\n\n")[0]
    spec = next(block for block in blocks("yaml") if "Week 2" in block)
    spec = spec.replace("functions", "funktions")
    (tmp_path / "course.yaml").write_text(spec, encoding="utf-8")
    for topic in ("introduction", "loops", "functions"):
        (tmp_path / "slides" / "module_100_basics" / f"topic_100_{topic}").mkdir(parents=True)
    message = clm("validate", "course.yaml").stderr.partition("error: course.yaml:9:9:")[2]
    wanted = shown.replace("\n    ", "\n").replace("/home/ada/course", str(tmp_path.resolve()))
    assert message.startswith(wanted)
