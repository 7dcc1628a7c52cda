"""Subsections and activities of sections, and keys of existing specs that have no effect."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm.course.spec import ActivitySpec, CourseSpec, SectionSpec, SubsectionSpec, TopicSpec
from clm.course.syntax.reader import load_spec
from clm.course.syntax.writer import spec_as_yaml
from clm.errors import Severity

XML = """<course>
<name><de>Kurs</de><en>Course</en></name>
<github><repository-base>https://example.org/Org</repository-base></github>
<kernel-python>.venv</kernel-python>
<jupyterlite><kernel>pyodide</kernel><wheels><wheel>a</wheel><wheel>b</wheel></wheels></jupyterlite>
<image-options><format>svg</format></image-options>
<sidecar-layout>sibling</sidecar-layout>
<sections><section id="w1" optional="true" http-replay="yes">
<name><de>Woche</de><en>Week</en></name>
<topics>
<subsection weekday="mon, Tue" optional="true">
<name><de>Tag 1</de><en>Day 1</en></name>
<topic http-replay="yes">a</topic>
<activity kind="exam" id="x1"><de>Prüfung</de><en>Exam</en></activity>
</subsection>
<topic export="false">b</topic>
<subsection enabled="false"><topic>missing</topic></subsection>
<activity>Holiday</activity>
</topics>
</section></sections>
<output-targets><output-target name="t" distribute="false"><path>out</path>
<formats><format>html</format><format>jupyterlite</format></formats>
<remote-path>students</remote-path><jupyterlite><kernel>xeus</kernel></jupyterlite>
</output-target></output-targets>
<release-channels source-target="t" name="one"><channel name="jan"/><channel name="may"/>
</release-channels>
<release-channels source-target="t" name="two"/>
<tasks><task name="t"><step>one</step><step>two</step></task></tasks>
</course>"""
YAML = """name: K
sections:
  - name: W
    topics:
      - {name: {de: Tag, en: Day}, weekday: mon, topics: [a, {activity: Exam, kind: exam}]}
      - b
      - {topics: [c], enabled: false}
      - {weekday: [tue, wed], optional: true, topics: []}
"""


@pytest.fixture
def spec(write_spec) -> CourseSpec:
    return load_spec(write_spec(XML, "course.xml"))


@pytest.fixture
def section(spec: CourseSpec) -> SectionSpec:
    return spec.sections[0]


def test_topics_of_subsections_belong_to_section(section: SectionSpec) -> None:
    assert [topic.id for topic in section.topics] == ["a", "b"]
    assert [topic.id for topic in section.all_topics] == ["a", "b", "missing"]


def test_entries_keep_their_order(section: SectionSpec) -> None:
    day, topic, disabled, holiday = section.outline
    assert day == SubsectionSpec(
        entries=(
            TopicSpec("a", options={"http-replay": "yes"}),
            ActivitySpec({"de": "Prüfung", "en": "Exam"}, "exam", "x1"),
        ),
        name={"de": "Tag 1", "en": "Day 1"},
        weekdays=("mon", "tue"),
        optional=True,
    )
    assert topic == TopicSpec("b", export=False)
    assert isinstance(disabled, SubsectionSpec) and not disabled.enabled
    assert holiday == ActivitySpec({"de": "Holiday", "en": "Holiday"})


def test_section_without_subsections_is_plain(write_spec) -> None:
    (section,) = load_spec(write_spec("name: K\nsections: [{name: W, topics: [a]}]")).sections
    assert section.entries == ()
    assert section.outline == section.topics


def test_yaml_has_the_same_entries(write_spec) -> None:
    (section,) = load_spec(write_spec(YAML)).sections
    assert [topic.id for topic in section.topics] == ["a", "b"]
    monday, _, _, later = section.outline
    assert isinstance(monday, SubsectionSpec) and isinstance(later, SubsectionSpec)
    assert (monday.weekdays, later.weekdays) == (("mon",), ("tue", "wed"))
    assert monday.name == {"de": "Tag", "en": "Day"}
    assert monday.entries[1] == ActivitySpec({"de": "Exam", "en": "Exam"}, "exam")


@pytest.mark.parametrize("text", [XML, YAML])
def test_conversion_to_yaml_loses_nothing(write_spec, text: str) -> None:
    name = "course.xml" if text is XML else "course.yaml"
    spec = load_spec(write_spec(text, name))
    assert load_spec(write_spec(spec_as_yaml(spec), "again.yaml")) == spec


def test_values_without_effect_kept(spec: CourseSpec, section: SectionSpec) -> None:
    (target,) = spec.output_targets
    channels = [{"name": "jan"}, {"name": "may"}]
    assert spec.kept == {
        "jupyterlite": {"kernel": "pyodide", "wheels": {"wheel": ["a", "b"]}},
        "image-options": {"format": "svg"},
        "sidecar-layout": "sibling",
        "release-channels": [
            {"source-target": "t", "name": "one", "channel": channels},
            {"source-target": "t", "name": "two"},
        ],
        "tasks": {"task": {"name": "t", "step": ["one", "two"]}},
    }
    assert section.kept == {"http-replay": "yes"}
    assert target.kept == {
        "jupyterlite": {"kernel": "xeus"},
        "distribute": "false",
        "remote-path": "students",
    }
    assert spec.plugin_defaults == {"kernel-python": ".venv"}
    assert spec.github == {"repository-base": "https://example.org/Org"}


def test_each_element_without_effect_named_once(spec: CourseSpec) -> None:
    named = [warning.excerpt for warning in spec.warnings]
    assert sorted(map(str, named)) == [
        "distribute",
        "github",
        "http-replay",
        "image-options",
        "jupyterlite",
        "release-channels",
        "remote-path",
        "sidecar-layout",
        "tasks",
    ]
    assert all(w.severity is Severity.WARNING for w in spec.warnings)


def test_former_format_named_without_its_element(write_spec) -> None:
    text = "name: K\nsections: [{name: W, topics: [a]}]\noutput-targets:\n"
    text += "  - {path: a, formats: [jupyterlite]}\n  - {path: b, formats: [jupyterlite]}\n"
    (warning,) = load_spec(write_spec(text)).warnings
    assert "'jupyterlite' has no effect" in warning.message
    assert warning.place is not None and warning.place.line == 4


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('<subsection weekday="monday"><topic>a</topic></subsection>', "'monday' is not one of"),
        ('<subsection enabled="maybe"/>', "'enabled' must be true or false"),
        ("<subsection><topik>a</topik></subsection>", "unknown key 'topik' in a subsection"),
        ('<subsection day="mon"/>', "unknown key 'day' in a subsection"),
        ("<subsection>text<topic>a</topic></subsection>", "text is not allowed"),
        ("<activity/>", "the activity has no text"),
        ("<activity><de> </de></activity>", "the activity has no text"),
        ('<activity sort="exam">Exam</activity>', "unknown key 'sort' in an activity"),
        ("<activity>Exam<de>x</de></activity>", "text is not allowed"),
        ("<subsection><topic>a</topic></subsection><topic>a</topic>", "'a' is given twice"),
    ],
)
def test_wrong_entries_reported(problem_of, entry: str, message: str) -> None:
    text = f"<course><name>K</name><sections><section><name>W</name><topics>{entry}</topics>"
    problem = problem_of(f"{text}</section></sections></course>", "c.xml")
    assert message in problem.message
    assert problem.place is not None and problem.place.line == 1


def test_subsection_needs_topics(problem_of) -> None:
    text = "name: K\nsections: [{name: W, topics: [{weekday: mon}]}]"
    assert problem_of(text).message == "'topics' is missing"


def test_dir_groups_of_subsections_found(write_spec) -> None:
    group = "<dir-group><name>Code</name><path>code</path></dir-group>"
    text = (
        "<course><name>K</name><sections><section><name>W</name><topics><subsection>"
        f'<topic id="a">{group}</topic></subsection></topics></section></sections></course>'
    )
    (found,) = load_spec(write_spec(text, "c.xml")).all_dir_groups
    assert found.path.name == "code"


def test_unknown_format_in_subsection_has_its_place(write_spec, tmp_path: Path) -> None:
    from clm.course.output_tree import check_formats
    from clm.errors import SpecError

    text = "name: K\nsections:\n  - name: W\n    topics:\n      - topics:\n"
    text += "          - {id: a, formats: [htm]}\n"
    with pytest.raises(SpecError) as caught:
        check_formats(load_spec(write_spec(text)), ["html"])
    (problem,) = caught.value.problems
    assert problem.place is not None and problem.place.line == 6


def test_activity_needs_shown_text(problem_of) -> None:
    text = "name: K\nsections: [{name: W, topics: [{activity: {de: '', fr: x}}]}]"
    assert problem_of(text).message == "the activity has no text"
