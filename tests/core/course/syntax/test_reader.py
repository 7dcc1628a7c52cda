"""Valid specs in both syntaxes."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from clm.course.spec import Defaults, DirGroupSpec, IncludeSpec, OutputTargetSpec, TopicSpec
from clm.course.syntax.reader import load_spec

MINIMAL = "name: Kurs\nsections: [{name: Woche, topics: [intro]}]\n"

FULL_YAML = """\
name: {de: Mein Kurs, en: My Course}
prog-lang: csharp
author: Ada Lovelace
organization: {de: Akademie, en: Academy}
description: {de: Über C, en: About C}
certificate: {de: Zertifikat, en: Certificate}
github: {de: https://example.org/de, en: https://example.org/en}
project-slug: my-course
defaults: {evaluate: false, formats: [html, code]}
requires: [pictures]
write-images: true
plugins:
  pictures: {scale: 2, deep: {names: [a, b], on: true}}
sections:
  - name: {de: Woche 1, en: Week 1}
    id: w1
    module: module_1
    defaults: {skip-errors: true}
    includes: [shared/z]
    topics:
      - intro
      - id: loops
        author: Grace Hopper
        prog-lang: python
        module: module_2
        evaluate: "no"
        skip-errors: "yes"
        html: none
        formats: [html, code]
        dir-groups: [{name: Code/Lösung, path: code, subdirs: [a, b/c]}]
        includes: [{source: shared/x.py, as: y.py, optional: true}]
  - name: {de: Woche 2, en: Week 2}
    enabled: false
    topics: [later]
dir-groups:
  - {name: "", path: root-files, include-root-files: true, recursive: false}
output-targets:
  - {name: students, path: ./output/students, languages: [de], kinds: [completed], formats: [html]}
"""

FULL_XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<course>
  <name><de>Mein Kurs</de><en>My Course</en></name>
  <prog-lang>csharp</prog-lang>
  <author>Ada Lovelace</author>
  <organization><de>Akademie</de><en>Academy</en></organization>
  <description><de>Über C</de><en>About C</en></description>
  <certificate><de>Zertifikat</de><en>Certificate</en></certificate>
  <github><de>https://example.org/de</de><en>https://example.org/en</en></github>
  <project-slug>my-course</project-slug>
  <defaults evaluate="false">
    <formats><format>html</format><format>code</format></formats>
  </defaults>
  <requires><plugin>pictures</plugin></requires>
  <write-images>true</write-images>
  <plugins><pictures>
    <scale>2</scale>
    <deep><names><item>a</item><item>b</item></names><on>true</on></deep>
  </pictures></plugins>
  <sections>
    <section id="w1" module="module_1">
      <name><de>Woche 1</de><en>Week 1</en></name>
      <defaults skip-errors="yes"/>
      <include source="shared/z"/>
      <topics>
        <topic>
          intro
        </topic>
        <topic id="loops" author="Grace Hopper" prog-lang="python" module="module_2"
               evaluate="no" skip-errors="yes" html="none" formats="html, code">
          <dir-group>
            <name>Code/Lösung</name><path>code</path>
            <subdirs><subdir>a</subdir><subdir>b/c</subdir></subdirs>
          </dir-group>
          <include source="shared/x.py" as="y.py" optional="true"/>
        </topic>
      </topics>
    </section>
    <section enabled="false">
      <name><de>Woche 2</de><en>Week 2</en></name>
      <topics><topic>later</topic></topics>
    </section>
  </sections>
  <dir-groups>
    <dir-group include-root-files="true" recursive="false">
      <name/><path>root-files</path>
    </dir-group>
  </dir-groups>
  <output-targets>
    <output-target name="students">
      <path>./output/students</path>
      <languages><language>de</language></languages>
      <kinds><kind>completed</kind></kinds>
      <formats><format>html</format></formats>
    </output-target>
  </output-targets>
</course>
"""


def test_yaml_and_xml_models_equal(write_spec) -> None:
    from_yaml = load_spec(write_spec(FULL_YAML, "course.yaml"))
    from_xml = load_spec(write_spec(FULL_XML, "course.xml"))
    assert from_yaml == from_xml


@pytest.mark.parametrize(("text", "name"), [(FULL_YAML, "c.yaml"), (FULL_XML, "c.xml")])
def test_all_spec_values_in_model(write_spec, text: str, name: str) -> None:
    spec = load_spec(write_spec(text, name))
    assert spec.name == {"de": "Mein Kurs", "en": "My Course"}
    assert (spec.prog_lang, spec.author, spec.project_slug) == (
        "csharp",
        "Ada Lovelace",
        "my-course",
    )
    assert spec.organization == {"de": "Akademie", "en": "Academy"}
    assert spec.description["de"] == "Über C"
    assert spec.certificate["en"] == "Certificate"
    assert spec.github["en"] == "https://example.org/en"
    assert spec.requires == ("pictures",)
    assert spec.write_images
    assert spec.plugins == {"pictures": {"scale": 2, "deep": {"names": ["a", "b"], "on": True}}}
    first, second = spec.sections
    assert (first.id, first.module, first.enabled, second.enabled) == (
        "w1",
        "module_1",
        True,
        False,
    )
    code = {"de": "Code/Lösung", "en": "Code/Lösung"}
    subdirs = (PurePosixPath("a"), PurePosixPath("b/c"))
    assert first.topics[1] == TopicSpec(
        "loops",
        {
            "author": "Grace Hopper",
            "prog-lang": "python",
            "evaluate": False,
            "skip-errors": True,
        },
        "module_2",
        ("html", "code"),
        ("html",),
        (DirGroupSpec(code, PurePosixPath("code"), subdirs),),
        (IncludeSpec(PurePosixPath("shared/x.py"), PurePosixPath("y.py"), True),),
    )
    assert first.includes == (IncludeSpec(PurePosixPath("shared/z"), PurePosixPath("z")),)
    assert first.defaults == Defaults({"skip-errors": True})
    assert spec.defaults == Defaults({"evaluate": False}, ("html", "code"))
    root = DirGroupSpec({"de": "", "en": ""}, PurePosixPath("root-files"), (), True, False)
    assert spec.dir_groups == (root,)
    students = PurePosixPath("output/students")
    assert spec.output_targets == (
        OutputTargetSpec(students, ("de",), ("completed",), ("html",), "students"),
    )


def test_minimal_spec_has_defaults(write_spec) -> None:
    path = write_spec(MINIMAL)
    spec = load_spec(path)
    assert spec.languages == ("de", "en")
    assert spec.prog_lang == "python"
    assert spec.path == path
    assert spec.warnings == ()


def test_plain_name_covers_all_languages(write_spec) -> None:
    spec = load_spec(write_spec(MINIMAL))
    assert spec.name == {"de": "Kurs", "en": "Kurs"}


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("{en: Course, de: Kurs}", ("de", "en")),
        ("{en: Course, de: Kurs, fr: Cours}", ("de", "en")),
        ("{fr: Cours, en: Course}", ("fr", "en")),
        ("{de: Kurs}", ("de",)),
    ],
)
def test_languages_taken_from_name(write_spec, name: str, languages) -> None:
    spec = load_spec(write_spec(f"name: {name}\nsections: [{{name: W, topics: [a]}}]"))
    assert spec.languages == languages


def test_explicit_languages_read(write_spec) -> None:
    spec = load_spec(write_spec("languages: [no, de]\n" + MINIMAL))
    assert spec.languages == ("no", "de")  # Norwegian: YAML 1.2 knows no `no`
    assert spec.sections[0].name == {"no": "Woche", "de": "Woche"}


def test_missing_section_language_falls_back(write_spec) -> None:
    spec = load_spec(
        write_spec("name: {de: K, en: C}\nsections:\n- name: {de: Woche}\n  topics: [a]\n")
    )
    assert spec.sections[0].name == {"de": "Woche", "en": "Woche"}
    (warning,) = spec.warnings
    assert (warning.place.line, warning.message) == (3, "'name' has no text for 'en'")


@pytest.mark.parametrize("name", ["course", "course.txt", "course.spec"])
@pytest.mark.parametrize("text", [MINIMAL, FULL_XML, "\ufeff" + FULL_XML])
def test_format_detected_from_content(write_spec, name: str, text: str) -> None:
    assert load_spec(write_spec(text, name)).sections


@pytest.mark.parametrize("text", ["\ufeff" + MINIMAL, MINIMAL.replace("\n", "\r\n")])
def test_bom_and_crlf_read(write_spec, text: str) -> None:
    assert load_spec(write_spec(text)) == load_spec(write_spec(MINIMAL, "other.yaml"))


@pytest.mark.parametrize(("flag", "value"), [("true", True), ("no", False), ('"0"', False)])
def test_flag_spellings_read(write_spec, flag: str, value: bool) -> None:
    text = f"name: K\nsections: [{{name: W, topics: [{{id: a, evaluate: {flag}}}]}}]"
    assert load_spec(write_spec(text)).sections[0].topics[0].options == {"evaluate": value}


def test_yaml_aliases_read(write_spec) -> None:
    text = "name: &n {de: K, en: C}\nsections: [{name: *n, topics: [a]}]"
    assert load_spec(write_spec(text)).sections[0].name == {"de": "K", "en": "C"}


def test_disabled_section_needs_no_topics(write_spec) -> None:
    text = "name: K\nsections: [{name: W, topics: [a]}, {name: X, enabled: false}]"
    assert [section.enabled for section in load_spec(write_spec(text)).sections] == [True, False]


def test_same_topic_in_two_modules(write_spec) -> None:
    text = (
        "name: K\nsections: [{name: W, module: m1, topics: [a]},"
        " {name: X, module: m2, topics: [a]}, {name: Y, enabled: false, module: m1, topics: [a]}]"
    )
    assert len(load_spec(write_spec(text)).sections) == 3


@pytest.mark.parametrize(
    ("key", "line"),
    [("http-replay", 6), ("release-channels", 10)],
)
def test_keys_without_effect_warn(write_spec, key: str, line: int) -> None:
    text = (
        "<course>\n<name>K</name>\n<sections>\n<section>\n<name>W</name>\n"
        '<topics><topic id="a" http-replay="yes">\n'
        "</topic></topics>\n</section>\n</sections>\n"
        "<release-channels><channel/><channel/></release-channels></course>"
    )
    warnings = load_spec(write_spec(text, "c.xml")).warnings
    found = {warning.excerpt: warning.place.line for warning in warnings}
    assert found[key] == line


def test_topic_place_in_yaml(write_spec) -> None:
    path = write_spec("name: K\nsections:\n  - name: W\n    topics:\n      - a\n      - {id: b}\n")
    a, b = load_spec(path).sections[0].topics
    assert (str(a.place), str(b.place)) == (f"{path}:5:9", f"{path}:6:14")


def test_topic_place_in_xml(write_spec) -> None:
    path = write_spec(FULL_XML, "c.xml")
    first, second = load_spec(path).sections[0].topics
    assert str(first.place) == f"{path}:27:11"
    assert str(second.place) == f"{path}:29:20"


def test_place_keeps_relative_path(
    write_spec, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_spec(MINIMAL)
    monkeypatch.chdir(tmp_path)
    place = load_spec(Path("course.yaml")).sections[0].topics[0].place
    assert place is not None
    assert place.file == "course.yaml"
