"""Courses of which some topics are left out, or built in some kinds only."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm.course.only_kinds import only_kinds
from clm.course.spec import CourseSpec
from clm.course.syntax.reader import load_spec
from clm.errors import UsageError

SPEC = """\
name: Course
languages: [en]
sections:
  - name: Week
    dir-groups: [{path: of-section}]
    topics:
      - {id: one, dir-groups: [{path: of-one}]}
      - {id: two, release: {tasks: 2027-03-01, solutions: 2027-03-05T18:00}}
  - {name: Other, release: 2027-04-01, topics: [three]}
dir-groups: [{path: of-course}]
"""


@pytest.fixture
def spec(tmp_path: Path) -> CourseSpec:
    (tmp_path / "course.yaml").write_text(SPEC)
    return load_spec(tmp_path / "course.yaml")


def groups(spec: CourseSpec) -> list[str]:
    return [str(group.path) for group in spec.all_dir_groups]


def test_left_out_topic_has_no_groups(spec):
    assert groups(only_kinds(spec, {"one": ()})) == ["of-course", "of-section"]


def test_left_out_section_has_no_groups(spec):
    assert groups(only_kinds(spec, {"one": (), "two": ()})) == ["of-course"]


def test_topic_with_kinds_keeps_groups(spec):
    restricted = only_kinds(spec, {"one": ["code-along"], "two": ()})
    assert groups(restricted) == groups(spec)
    one, two = restricted.sections[0].topics
    assert (one.has_kind("code-along"), one.has_kind("completed"), one.is_left_out) == (
        True,
        False,
        False,
    )
    assert two.is_left_out and not restricted.sections[1].topics[0].is_left_out


def test_unknown_topic_suggests(spec):
    with pytest.raises(UsageError, match="no topic 'on'") as error:
        only_kinds(spec, {"on": ()})
    assert error.value.hint == "did you mean 'one'?"


def test_release_read_as_plain_data(spec):
    topics = spec.sections[0].topics
    dates = {"tasks": "2027-03-01", "solutions": "2027-03-05T18:00"}
    assert topics[1].options["release"] == dates
    assert spec.sections[1].kept["release"] == "2027-04-01"


def test_release_in_xml(tmp_path):
    (tmp_path / "course.xml").write_text(
        "<course><name><en>C</en></name><sections><section><name><en>W</en></name>"
        "<release><tasks>2027-03-01</tasks></release>"
        "<topics><topic release='2027-03-02'>a</topic></topics></section></sections></course>"
    )
    (section,) = load_spec(tmp_path / "course.xml").sections
    assert section.kept["release"] == {"tasks": "2027-03-01"}
    assert section.topics[0].options["release"] == "2027-03-02"
