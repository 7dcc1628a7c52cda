"""Fuzz test of validation: for any spec it terminates and writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from deck_plans import DECK
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registries import registry_of

from clm.builder.validation.course import validate_course

YAML = """\
name: {de: Kurs, en: Course}
languages: [de, en]
defaults: {evaluate: false, formats: [text]}
sections:
  - name: {de: Woche, en: Week}
    id: w
    module: module_1
    includes: [{source: shared, as: lib}]
    topics: [a, {id: b, formats: [text], includes: [shared/x.txt]}]
    dir-groups: [{name: x, path: shared, subdirs: [deep]}]
output-targets:
  - {path: out, kinds: [speaker], languages: [de]}
"""
XML = """\
<course><name><de>Kurs</de><en>Course</en></name>
<defaults evaluate="no"/>
<sections><section id="w" module="module_1"><name>W</name><include source="shared" as="lib"/>
<topics><topic formats="text">a</topic><topic id="b"/></topics></section></sections>
<dir-groups><dir-group recursive="false"><name/><path>shared</path></dir-group></dir-groups>
<output-targets><output-target name="t"><path>out</path></output-target></output-targets></course>
"""
SNIPPETS = ["", "..", "/", "../..", ".", "~", "slides", "'", '"', "- ", ": ", "[", "]", "{", "}",
            "<", ">", "&", "*", "\x00", "\n", " ", "a", "b", "de", "fr", "0", "-1", "null", "true",
            "C:", "\\", "%", "é", "\u2028", "CON", "x" * 300]  # fmt: skip


def tree(folder: Path) -> dict[str, float]:
    return {str(path): path.lstat().st_mtime for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("around") / "course"
    for name in ("a", "b"):
        topic = folder / "slides" / "module_1" / f"topic_100_{name}"
        topic.mkdir(parents=True)
        (topic / "x.deck").write_text("")
    (folder / "shared" / "deep").mkdir(parents=True)
    (folder / "shared" / "x.txt").write_text("x")
    return folder


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_validation_survives_any_spec(course: Path, data: st.DataObject) -> None:
    text, name = data.draw(st.sampled_from([(YAML, "c.yaml"), (XML, "c.xml")]))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(st.sampled_from(SNIPPETS)) + text[end:]
    spec = course / name
    spec.write_text(text, encoding="utf-8")
    before = tree(course.parent)
    validation = validate_course(spec, registry_of(DECK))
    assert all(diagnostic.message for diagnostic in validation.diagnostics)
    assert tree(course.parent) == before
    spec.unlink()
