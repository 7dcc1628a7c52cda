"""The text of a new course's spec."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm.authoring.spec_text import NewSpec, parse_spec, scalar

TITLES = (
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")))
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)


def spec(name: str = "Course", topic: str = "loops", **options: object) -> NewSpec:
    return NewSpec({"de": name, "en": name}, {"de": name, "en": name}, topic, options, "python")


@given(TITLES)
def test_any_course_name_round_trips(name):
    read = parse_spec(spec(name).text(), Path("course.yaml"))
    assert read.name == {"de": name, "en": name}
    assert read.sections[0].name == {"de": name, "en": name}


def test_topic_options_in_spec():
    (section,) = parse_spec(spec(evaluate=False).text(), Path("course.yaml")).sections
    assert section.topics[0].options == {"evaluate": False}


@pytest.mark.parametrize("text", ["no", "True", "null", "1.5", "a: b", "#x", "- x", "", "x,y", "~"])
def test_ambiguous_scalars_quoted(text):
    assert scalar(text) == f'"{text}"'
