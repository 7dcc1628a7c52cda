"""Additions to a course spec in YAML; all existing lines stay unchanged.

New lines are inserted at positions reported by a YAML parser. The result is parsed and compared
with the expected spec, so no layout can lead to a wrong edit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import evolve

from clm.authoring.spec_text import mapping, parse_spec, scalar, topic_item
from clm.course.spec import CourseSpec, SectionSpec, ThemeSpec, TopicSpec
from clm.errors import SpecError, UsageError

_STEP = 2  # spaces of indentation if the text does not show the author's own


def with_topic(text: str, path: Path, section: int, topic: str, options: Mapping[str, Any]) -> str:
    """The spec with a topic added to the end of the section with that index, from 0.

    Raises:
        SpecError: the spec is invalid.
        UsageError: the spec's layout does not allow an automatic edit.
    """
    item = topic_item(topic, options)
    old = parse_spec(text, path)
    changed = old.sections[section]
    new_topic = TopicSpec(topic, options=options)
    changed = changed.with_topic(new_topic)
    sections = (*old.sections[:section], changed, *old.sections[section + 1 :])
    hint = f"add the topic by hand to the section {title_of(changed)!r}: {item}"
    return _checked(
        lambda: _topic_added(text, section, item), evolve(old, sections=sections), path, hint
    )


def with_section(text: str, path: Path, name: Mapping[str, str]) -> str:
    """The spec with a section added, without topics; raises as `with_topic` does."""
    old = parse_spec(text, path)
    sections = (*old.sections, SectionSpec(name=name, topics=()))
    hint = f"add the section by hand: {{name: {mapping(name)}, topics: []}}"
    return _checked(lambda: _section_added(text, name), evolve(old, sections=sections), path, hint)


def with_theme(text: str, path: Path, folder: PurePosixPath) -> str:
    """The spec with a theme in a folder; raises as `with_topic` does."""
    old = parse_spec(text, path)
    line = f"theme: {scalar(f'./{folder}')}"
    hint = f"add the theme by hand: {line}"
    wanted = evolve(old, theme=ThemeSpec(folder=folder))
    return _checked(lambda: _line_added(text, line), wanted, path, hint)


def title_of(section: SectionSpec) -> str:
    """A section's name, in the first language of the course."""
    return next(iter(section.name.values()), "")


def _checked(edit: Callable[[], str], wanted: CourseSpec, path: Path, hint: str) -> str:
    try:
        text = edit()
        found: CourseSpec | None = parse_spec(text, path)
    except (SpecError, LookupError, AttributeError, StopIteration):
        found = None
    if found != wanted:
        message = f"the layout of {path} does not allow an automatic edit; nothing was changed"
        raise UsageError(message, hint=hint)
    return text


def _topic_added(text: str, section: int, item: str) -> str:
    node = _value(_root(text), "sections").value[section]
    topics = _value(node, "topics")
    if not isinstance(topics.value, list):  # no value after the colon
        indent = " " * (node.start_mark.column + _STEP)
        return _inserted(text, topics.start_mark.index, f"{_newline(text)}{indent}- {item}")
    return _item_added(text, topics, [item])


def _section_added(text: str, name: Mapping[str, str]) -> str:
    sections = _value(_root(text), "sections")
    if sections.flow_style:
        return _item_added(text, sections, [f"{{name: {mapping(name)}, topics: []}}"])
    return _item_added(text, sections, [f"name: {mapping(name)}", "topics: []"])


def _line_added(text: str, line: str) -> str:
    """The text with a line before that of `sections`."""
    root = _root(text)
    key = next(key for key, _ in root.value if key.value == "sections")
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    return _inserted(text, start, f"{line}{_newline(text)}")


def _item_added(text: str, sequence: Any, lines: list[str]) -> str:
    if sequence.flow_style:
        if not sequence.value:
            return _inserted(text, sequence.start_mark.index + 1, lines[0])
        return _inserted(text, _end(text, sequence.value[-1]), f", {lines[0]}")
    indent = " " * sequence.start_mark.column
    newline = _newline(text)
    added = "".join(
        f"{newline}{indent}{'- ' if number == 0 else '  '}{line}"
        for number, line in enumerate(lines)
    )
    end = _end(text, sequence.value[-1])
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    return _inserted(text, line_end - text[:line_end].endswith("\r"), added)


def _root(text: str) -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).compose(text)


def _value(node: Any, key: str) -> Any:
    return next(value for name, value in node.value if name.value == key)


def _end(text: str, node: Any) -> int:
    """The index after the last character of a node, before comments and whitespace."""
    children = node.value if isinstance(node.value, list) else []
    if children and not node.flow_style:
        last = children[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    return len(text[:end].rstrip()) if end else end


def _inserted(text: str, index: int, added: str) -> str:
    return text[:index] + added + text[index:]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
