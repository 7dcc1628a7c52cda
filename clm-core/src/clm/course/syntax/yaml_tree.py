"""YAML as a positioned tree.

The tree is built from parser events, with limits on depth and size (with aliases expanded), so
that no file exhausts the stack or the memory. Tags construct nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import define, evolve, field, frozen

from clm.course.syntax.tree import (
    MAX_DEPTH,
    MAX_NODES,
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    line_of,
    plain_value,
    refuse,
)
from clm.errors import Place, SpecError
from clm.utf8 import is_utf8

_MAX_LINE = 20_000
_STRING_TAGS = (None, "!", "tag:yaml.org,2002:str")


def read_yaml(text: str, file: str) -> Node | None:
    """Return the document in `text`, None if it is empty.

    Raises:
        SpecError: it is not YAML, or exceeds the limits of course specs.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    _refuse_long_lines(text, file)
    try:
        return _Builder(text, file, YAML(typ="safe", pure=True).parse(text)).document()
    except YAMLError as error:
        raise _syntax_error(error, text, file) from error


def _refuse_long_lines(text: str, file: str) -> None:
    # The parser's time for a tag or an anchor is quadratic in its length.
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > _MAX_LINE:
            hint = f"a line has at most {_MAX_LINE} characters"
            raise refuse("the line is too long", Place(file, number), hint=hint)


@frozen(repr=False)
class _Built:
    """A node with its size and depth, both with aliases expanded."""

    node: Node
    size: int = 1
    depth: int = 1


@define(eq=False, repr=False)
class _Builder:
    text: str
    file: str
    events: Iterator[Any]
    anchors: dict[str, _Built] = field(factory=dict)

    def document(self) -> Node | None:
        self._next()  # the start of the stream
        if _kind(self._next()) == "StreamEnd":
            return None
        built = self._node(self._next(), 1)
        self._next()  # the end of the document
        after = self._next()
        if _kind(after) != "StreamEnd":
            raise refuse("the file has more than one YAML document", self._place(after))
        return built.node

    def _next(self) -> Any:
        return next(self.events)

    def _node(self, event: Any, depth: int) -> _Built:
        if depth > MAX_DEPTH:
            raise self._too_much(event)
        if _kind(event) == "Alias":
            return self._alias(event, depth)
        if event.tag not in _STRING_TAGS:
            hint = "remove it: a course spec has only texts, numbers, lists and mappings"
            raise refuse(
                "tags are not allowed", self._place(event), excerpt=str(event.tag), hint=hint
            )
        built = self._content(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = built
        return built

    def _content(self, event: Any, depth: int) -> _Built:
        match _kind(event):
            case "SequenceStart":
                return self._sequence(event, depth)
            case "MappingStart":
                return self._mapping(event, depth)
            case _:
                return _Built(self._scalar(event))

    def _alias(self, event: Any, depth: int) -> _Built:
        built = self.anchors.get(event.anchor)
        if built is None:
            raise refuse("unknown anchor", self._place(event), excerpt=f"*{event.anchor}")
        if depth + built.depth > MAX_DEPTH:
            raise self._too_much(event)
        if isinstance(built.node, Scalar):
            return evolve(built, node=evolve(built.node, place=self._place(event)))
        return built

    def _sequence(self, start: Any, depth: int) -> _Built:
        parts: list[_Built] = []
        size = 1
        while _kind(event := self._next()) != "SequenceEnd":
            parts.append(self._node(event, depth + 1))
            size = self._sum(size, parts[-1], event)
        node = Sequence(tuple(part.node for part in parts), self._place(start))
        return _Built(node, size, 1 + max((part.depth for part in parts), default=0))

    def _mapping(self, start: Any, depth: int) -> _Built:
        entries: list[Entry] = []
        size, deepest = 1, 0
        while _kind(event := self._next()) != "MappingEnd":
            key = self._node(event, depth + 1).node
            if not isinstance(key, Scalar):
                raise refuse("a key must be plain text", self._place(event))
            value = self._node(self._next(), depth + 1)
            size = self._sum(size, value, event)
            deepest = max(deepest, value.depth)
            entries.append(Entry(key.text, key.place, _with_place(value.node, key.place)))
        return _Built(Mapping(tuple(entries), self._place(start)), size, 1 + deepest)

    def _scalar(self, event: Any) -> Scalar:
        is_plain = not event.style and event.tag is None
        text = event.value if is_utf8(event.value) else self._with_whole_characters(event)
        return Scalar(plain_value(text) if is_plain else text, text, self._place(event))

    def _with_whole_characters(self, event: Any) -> str:
        # JSON writes some characters as two escapes, and JSON is YAML.
        try:
            return str(event.value.encode("utf-16", "surrogatepass").decode("utf-16"))
        except UnicodeDecodeError:
            place = self._place(event)
            hint = "write the character itself"
            excerpt = line_of(self.text, place.line or 1)
            message = "the text has half of a character"
            raise refuse(message, place, excerpt=excerpt, hint=hint) from None

    def _sum(self, size: int, part: _Built, event: Any) -> int:
        if size + part.size > MAX_NODES:
            raise self._too_much(event)
        return size + part.size

    def _too_much(self, event: Any) -> SpecError:
        place = self._place(event)
        return refuse(
            "the spec is nested too deeply or, with its aliases expanded, too large",
            place,
            excerpt=line_of(self.text, place.line or 1),
            hint=f"at most {MAX_DEPTH} levels and {MAX_NODES} values are allowed",
        )

    def _place(self, event: Any) -> Place:
        return _place(event.start_mark, self.file)


def _with_place(value: Node, of_key: Place) -> Node:
    # The parser reports the next text as the place of a value that is missing.
    is_missing = isinstance(value, Scalar) and value.value is None and not value.text
    return evolve(value, place=of_key) if is_missing else value


def _kind(event: Any) -> str:
    return type(event).__name__.removesuffix("Event")


def _place(mark: Any, file: str) -> Place:
    return Place(file, mark.line + 1, mark.column + 1)


def _syntax_error(error: Any, text: str, file: str) -> SpecError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = _place(mark, file) if mark is not None else Place(file)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    hint = "indent with spaces, not tabs" if "\\t" in reason else None
    excerpt = line_of(text, place.line) if place.line else None
    return refuse(f"not YAML: {reason}", place, excerpt=excerpt, hint=hint)
