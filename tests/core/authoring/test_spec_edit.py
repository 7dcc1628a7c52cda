"""Topics and sections added to a spec; all other lines stay unchanged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm.authoring.spec_edit import with_section, with_topic
from clm.authoring.spec_text import parse_spec
from clm.errors import UsageError

PATH = Path("course.yaml")
HEAD = "name: Course\nlanguages: [de, en]\nsections:\n"

TOPICS = {
    "block": (
        "  - name: A\n    topics:\n      - one  # 1\n      - two  # 2\n\n# end\n",
        "  - name: A\n    topics:\n      - one  # 1\n      - two  # 2\n      - new\n\n# end\n",
    ),
    "block, not indented": (
        "- name: A\n  topics:\n  - one\n",
        "- name: A\n  topics:\n  - one\n  - new\n",
    ),
    "without an end of line": (
        "  - name: A\n    topics:\n      - one",
        "  - name: A\n    topics:\n      - one\n      - new",
    ),
    "mapping": (
        "  - name: A\n    topics:\n      - id: one\n        author: Ada  # she\n    # more\n",
        "  - name: A\n    topics:\n      - id: one\n        author: Ada  # she\n      - new\n"
        "    # more\n",
    ),
    "flow": (
        "  - name: A\n    topics: [one, {id: two, author: Ada}]  # all\n",
        "  - name: A\n    topics: [one, {id: two, author: Ada}, new]  # all\n",
    ),
    "flow over lines": (
        "  - name: A\n    topics: [\n      one,\n      two,  # last\n    ]\n",
        "  - name: A\n    topics: [\n      one,\n      two, new,  # last\n    ]\n",
    ),
    "empty flow": ("  - name: A\n    topics: []\n", "  - name: A\n    topics: [new]\n"),
    "section in flow": (
        "  - {name: A, topics: [one]}\n",
        "  - {name: A, topics: [one, new]}\n",
    ),
    "topics first": (
        "  - topics:\n      - one\n    name: A\n",
        "  - topics:\n      - one\n      - new\n    name: A\n",
    ),
    "windows": (
        "  - name: A\r\n    topics:\r\n      - one # é\r\n# end\r\n",
        "  - name: A\r\n    topics:\r\n      - one # é\r\n      - new\r\n# end\r\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), TOPICS.values(), ids=TOPICS)
def test_topic_inserted_rest_unchanged(before, after):
    assert with_topic(HEAD + before, PATH, 0, "new", {}) == HEAD + after


def test_topic_added_to_requested_section():
    text = HEAD + "  - {name: A, topics: [one]}\n  - {name: B, topics: [two]}\n"
    assert with_topic(text, PATH, 0, "new", {}) == text.replace("[one]", "[one, new]")


def test_topic_added_with_options():
    text = with_topic(HEAD + "  - name: A\n    topics: []\n", PATH, 0, "new", {"evaluate": False})
    assert "[{id: new, evaluate: false}]" in text


SECTIONS = {
    "block": (
        "  - name: A\n    topics: [one]\n# end\n",
        "  - name: A\n    topics: [one]\n  - name: {de: New, en: New}\n    topics: []\n# end\n",
    ),
    "followed by another key": (
        "  - name: A\n    topics:\n      - one\n\nauthor: Ada\n",
        "  - name: A\n    topics:\n      - one\n  - name: {de: New, en: New}\n    topics: []\n"
        "\nauthor: Ada\n",
    ),
    "flow": (
        "  [{name: A, topics: [one]}]\n",
        "  [{name: A, topics: [one]}, {name: {de: New, en: New}, topics: []}]\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), SECTIONS.values(), ids=SECTIONS)
def test_section_inserted_rest_unchanged(before, after):
    assert with_section(HEAD + before, PATH, {"de": "New", "en": "New"}) == HEAD + after


@pytest.mark.parametrize(
    "sections",
    [
        "  - {name: A, topics: &all [one]}\n  - {name: B, enabled: false, topics: *all}\n",
        "  - &a {name: A, topics: [one]}\n  - {name: B, topics: []}\n",
    ],
)
def test_unsafe_layout_refused_with_hint(sections):
    try:
        text = with_topic(HEAD + sections, PATH, 0, "new", {})
    except UsageError as error:
        assert "nothing was changed" in error.message
        assert "add the topic by hand to the section 'A': new" in str(error.hint)
    else:
        assert [t.id for t in parse_spec(text, PATH).sections[0].topics] == ["one", "new"]


def test_aliased_topic_list_refused():
    text = HEAD + "  - {name: A, topics: &all [one]}\n  - {name: B, enabled: false, topics: *all}\n"
    with pytest.raises(UsageError, match="does not allow an automatic edit"):
        with_topic(text, PATH, 0, "new", {})


WORDS = st.from_regex(r"[a-z]{1,6}", fullmatch=True)


@st.composite
def specs(draw: st.DrawFn) -> str:
    """Specs in many layouts, with comments in all allowed places."""
    comment = st.sampled_from(["", "  # why", "  # a: [b"])
    lines = ["name: Course", "sections:" + draw(comment)]
    names = iter(draw(st.lists(WORDS, min_size=9, max_size=9, unique=True)))
    dent = " " * draw(st.sampled_from([0, 2, 4]))
    for number in range(draw(st.integers(1, 3))):
        lines.append(f"{dent}- name: S{number}{draw(comment)}")
        topics = [f"x{next(names)}" for _ in range(draw(st.integers(0, 3)))]
        if topics and draw(st.booleans()):
            lines.append(f"{dent}  topics:{draw(comment)}")
            inner = dent + "  " + " " * draw(st.sampled_from([0, 2]))
            lines += [f"{inner}- {topic}{draw(comment)}" for topic in topics]
        else:
            lines.append(f"{dent}  topics: [{', '.join(topics)}]{draw(comment)}")
        lines += draw(st.sampled_from([[], [""], ["# between", ""]]))
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines) + draw(st.sampled_from(["", "\n"]))


@given(specs(), st.data())
def test_topic_added_in_any_layout(text, data):
    before = parse_spec(text, PATH)
    section = data.draw(st.integers(0, len(before.sections) - 1))
    after = with_topic(text, PATH, section, "new", {})
    ids = [[topic.id for topic in s.topics] for s in before.sections]
    ids[section].append("new")
    assert [[topic.id for topic in s.topics] for s in parse_spec(after, PATH).sections] == ids
    without = re.sub(r"(\r?\n *- new(?=\r?\n|$))|(, new)|(?<=\[)new", "", after, count=1)
    assert without == text


@given(specs())
def test_section_appended_in_any_layout(text):
    after = parse_spec(with_section(text, PATH, {"de": "New", "en": "New"}), PATH)
    assert [s.name["en"] for s in after.sections][-1] == "New"
    assert after.sections[:-1] == parse_spec(text, PATH).sections
