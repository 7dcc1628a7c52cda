"""Globs of private files in specs."""

from __future__ import annotations

import pytest

from clm.course.spec import TopicSpec
from clm.course.syntax.reader import load_spec


def topic_of(write_spec, topic: str, name: str = "course.yaml") -> TopicSpec:
    if name.endswith(".xml"):
        text = (
            "<course><name><en>C</en></name><sections><section><name><en>S</en></name>"
            f"<topics>{topic}</topics></section></sections></course>"
        )
    else:
        text = f"name: C\nsections:\n  - name: S\n    topics:\n      - {topic}\n"
    return load_spec(write_spec(text, name)).sections[0].topics[0]


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        ("{id: a, private-files: true, private: ['*.csv', own/x y]}", "course.yaml"),
        (
            '<topic id="a" private-files="true"><private><file>*.csv</file><file>own/x y</file>'
            "</private></topic>",
            "course.xml",
        ),
    ],
)
def test_both_formats_read_alike(write_spec, topic: str, name: str) -> None:
    found = topic_of(write_spec, topic, name)

    assert found.has_private_files
    assert [glob.pattern for glob in found.private] == ["*.csv", "own/x y"]
    assert all(glob.place is not None and glob.place.line for glob in found.private)


def test_attribute_has_several_globs(write_spec) -> None:
    found = topic_of(write_spec, '<topic private="*.csv, own/*">a</topic>', "course.xml")

    assert [glob.pattern for glob in found.private] == ["*.csv", "own/*"]


def test_files_are_public_without_option(write_spec) -> None:
    assert not topic_of(write_spec, "{id: a, private-files: false}").has_private_files
    assert not topic_of(write_spec, "a").has_private_files


@pytest.mark.parametrize("glob", ["/etc/*", "../other/*", "C:/x", "a/../../x", "./", "x/.."])
def test_glob_outside_topic_refused(problem_of, glob: str) -> None:
    text = f"name: C\nsections: [{{name: S, topics: [{{id: a, private: ['{glob}']}}]}}]\n"

    assert problem_of(text).place.line == 2
