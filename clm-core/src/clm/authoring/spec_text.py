"""YAML text of course specs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from clm.course.notes import Notes, by_position
from clm.course.spec import CourseSpec
from clm.course.syntax.structure import read_course
from clm.course.syntax.yaml_tree import read_yaml
from clm.errors import SpecError

_PLAIN = re.compile(r"[^\W\d_][\w-]*(?: [\w-]+)*")
_NOT_TEXTS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf")


@frozen
class NewSpec:
    """The contents of the spec of a new course with one section and one topic.

    `name` and `section` have a text for each language.
    """

    name: Mapping[str, str]
    section: Mapping[str, str]
    topic: str
    topic_options: Mapping[str, Any]
    prog_lang: str
    author: str = ""
    plugins: Mapping[str, Mapping[str, Any]] = field(factory=dict)

    def text(self) -> str:
        """The spec, with comments for its author."""
        languages = ", ".join(self.name)
        author = f"author: {scalar(self.author)}\n" if self.author else ""
        return (
            "# The spec of this course. Build it with: clm build course.yaml\n"
            f"name: {mapping(self.name)}\n"
            f"languages: [{languages}]\n"
            f"prog-lang: {scalar(self.prog_lang)}\n"
            f"{author}"
            "sections:\n"
            f"  - name: {mapping(self.section)}\n"
            "    # Each topic is a folder slides/<module>/topic_<number>_<name>.\n"
            "    topics:\n"
            f"      - {topic_item(self.topic, self.topic_options)}\n"
            f"{plugins_text(self.plugins)}"
        )


def parse_spec(text: str, path: Path) -> CourseSpec:
    """Parse the text of a spec; `path` is its present or future file.

    Raises:
        SpecError: with all problems.
    """
    notes = Notes()
    node = read_yaml(text, str(path))
    spec = read_course(node, path, notes) if node is not None else None
    if spec is None or notes.problems:
        raise SpecError(by_position(notes.problems))
    return spec


def topic_item(topic: str, options: Mapping[str, Any]) -> str:
    """A topic as an item of `topics`."""
    if not options:
        return scalar(topic)
    return mapping({"id": topic, **options})


def plugins_text(plugins: Mapping[str, Mapping[str, Any]]) -> str:
    """The settings of plugins, as the key `plugins` of a spec; empty if there are none."""
    lines = [f"  {name}: {mapping(settings)}\n" for name, settings in plugins.items()]
    return "".join(("plugins:\n", *lines)) if lines else ""


def mapping(values: Mapping[str, Any]) -> str:
    """A mapping on one line."""
    return "{" + ", ".join(f"{key}: {scalar(value)}" for key, value in values.items()) + "}"


def scalar(value: Any) -> str:
    """A value on one line, in quotes if YAML would not read it as that value without them."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXTS:
        return value
    # JSON is valid YAML.
    return json.dumps(value, ensure_ascii=False)
