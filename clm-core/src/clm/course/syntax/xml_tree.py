"""XML as a positioned tree, in the shape of the same spec in YAML.

expat is used for its columns. Entities are refused, and nothing outside the file is read.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import define, evolve, field, frozen

from clm.course.notes import Notes
from clm.course.syntax.keys import COURSE, TARGET, Shape
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

# Elements that are lists, and the tags of their items.
_LISTS = {
    "sections": "section",
    "topics": "topic",
    "dir-groups": "dir-group",
    "subdirs": "subdir",
    "output-targets": "output-target",
    "kinds": "kind",
    "formats": "format",
    "languages": "language",
    "requires": "plugin",
    "local-plugins": "file",
    "executors": "executor",
    "private": "file",
}
# Elements without effect, of any structure; they may be repeated.
_KEPT = frozenset(
    key.name for keys in (COURSE, TARGET) for key in keys.known if key.shape is Shape.ANY
)
# Elements whose text is their id.
_WITH_ID = ("topic", "language")
# Elements that may be repeated, and the key of the list that they form.
_REPEATED = {"include": "includes", "dir-group": "dir-groups"}


# An attribute in a tag that expat has found to be well-formed.
_ATTRIBUTE = re.compile(rb"""\s+([^\s=/>]+)\s*=\s*("[^"]*"|'[^']*')""")


@frozen
class _Attribute:
    value: str
    name_place: Place
    place: Place


@define(eq=False, repr=False)
class _Element:
    tag: str
    attributes: dict[str, _Attribute]
    place: Place
    children: list[_Element] = field(factory=list)
    chunks: list[str] = field(factory=list)
    text_place: Place | None = None

    @property
    def text(self) -> str:
        return "".join(self.chunks).strip()


def read_xml(text: str, file: str, notes: Notes) -> Node:
    """Return the document in `text`.

    Raises:
        SpecError: it is not XML, is not a course, or declares entities.
    """
    root = _Parser(text, file).parse()
    if root.tag != "course":
        hint = "the root element must be <course>"
        raise refuse("not a course spec", root.place, excerpt=f"<{root.tag}>", hint=hint)
    return _node(root, notes)


@define(eq=False, repr=False)
class _Parser:
    text: str
    file: str
    stack: list[_Element] = field(factory=list)
    root: _Element | None = None
    expat: Any = None
    count: int = 0
    data: bytes = field(init=False)

    def parse(self) -> _Element:
        from xml.parsers import expat

        # The text is already decoded, so that the encoding in the XML declaration does not matter.
        self.expat = expat.ParserCreate(encoding="utf-8")
        self.expat.StartElementHandler = self._start
        self.expat.EndElementHandler = self._end
        self.expat.CharacterDataHandler = self._characters
        self.expat.EntityDeclHandler = self._entity_declaration
        self.expat.SkippedEntityHandler = self._skipped_entity
        try:
            self.data = self.text.encode()
            self.expat.Parse(self.data, True)
        except expat.ExpatError as error:
            raise self._syntax_error(error) from error
        assert self.root is not None  # expat refuses a document without an element
        return self.root

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.stack) >= MAX_DEPTH:
            hint = f"at most {MAX_DEPTH} levels are allowed"
            raise refuse("nested too deeply", self._here(), excerpt=f"<{tag}>", hint=hint)
        self.count += 1 + len(attributes)
        if self.count > MAX_NODES:
            hint = f"at most {MAX_NODES} elements and attributes are allowed"
            raise refuse("the spec is too large", self._here(), excerpt=f"<{tag}>", hint=hint)
        element = _Element(tag, self._attributes(tag, attributes), self._here())
        if self.stack:
            self.stack[-1].children.append(element)
        else:
            self.root = element
        self.stack.append(element)

    def _attributes(self, tag: str, values: dict[str, str]) -> dict[str, _Attribute]:
        here = self._here()
        found = {}
        start = self.expat.CurrentByteIndex
        position = start + 1 + len(tag.encode())
        while match := _ATTRIBUTE.match(self.data, position):
            position = match.end()
            name = match[1].decode()
            if name in values:
                places = [self._after(here, start, at) for at in (match.start(1), match.start(2))]
                found[name] = _Attribute(values[name], *places)
        return found

    def _after(self, here: Place, start: int, position: int) -> Place:
        """The place of a byte after the one at `start`, which is `here`."""
        between = self.data[start:position].decode(errors="replace")
        line = (here.line or 1) + between.count("\n")
        column = len(between) - (between.rfind("\n") + 1) + 1
        if line == here.line:
            column += (here.column or 1) - 1
        return Place(self.file, line, column)

    def _end(self, tag: str) -> None:
        self.stack.pop()

    def _characters(self, text: str) -> None:
        element = self.stack[-1]
        if element.text_place is None and text.strip():
            here = self._here()
            # expat reports line ends separately, so the text is on this line.
            indent = len(text) - len(text.lstrip())
            element.text_place = Place(self.file, here.line, (here.column or 1) + indent)
        element.chunks.append(text)

    def _entity_declaration(self, name: str, *_: Any) -> None:
        raise refuse(
            "entity declarations are not allowed",
            self._here(),
            excerpt=f"<!ENTITY {name}",
            hint="write the text itself",
        )

    def _skipped_entity(self, name: str, _: Any) -> None:
        hint = "only &lt; &gt; &amp; &quot; &apos; are defined; write the character itself"
        raise refuse("unknown entity", self._here(), excerpt=f"&{name};", hint=hint)

    def _here(self) -> Place:
        return Place(self.file, self.expat.CurrentLineNumber, self.expat.CurrentColumnNumber + 1)

    def _syntax_error(self, error: Any) -> SpecError:
        from xml.parsers.expat import ErrorString

        place = Place(self.file, error.lineno, error.offset + 1)
        excerpt = line_of(self.text, error.lineno)
        return refuse(f"not XML: {ErrorString(error.code)}", place, excerpt=excerpt)


def _node(element: _Element, notes: Notes) -> Node:
    if element.tag in _KEPT:
        return _plain(element)
    if element.tag in _LISTS and not element.attributes:
        return _list(element, notes)
    if element.tag == "plugins":
        return _mapping(element, [_setting_entry(child) for child in element.children], notes)
    if not element.children and not element.attributes:
        return _scalar(element)
    entries = [_attribute(element, name) for name in element.attributes]
    if element.tag in _WITH_ID and element.text:
        entries.append(Entry("id", element.text_place or element.place, _scalar(element)))
    entries.extend(_child_entries(element, notes))
    return _mapping(element, entries, notes)


def _mapping(element: _Element, entries: list[Entry], notes: Notes) -> Mapping:
    if element.tag not in _WITH_ID:
        _no_text(element, notes)
    return Mapping(tuple(entries), element.place)


def _child_entries(element: _Element, notes: Notes) -> list[Entry]:
    entries: list[Entry] = []
    for tag, key in _REPEATED.items():
        repeated = [child for child in element.children if child.tag == tag]
        if repeated:
            place = repeated[0].place
            items = Sequence(tuple(_node(child, notes) for child in repeated), place)
            entries.append(Entry(key, place, items))
    kept = [child for child in element.children if child.tag in _KEPT]
    for child in element.children:
        if child.tag not in _REPEATED and child not in kept:
            entries.append(Entry(child.tag, child.place, _node(child, notes)))
    return [*entries, *_plain_entries(kept)]


def _attribute(element: _Element, name: str) -> Entry:
    attribute = element.attributes[name]
    value = attribute.value.strip()
    # After the opening quote, where the text starts.
    place = evolve(attribute.place, column=(attribute.place.column or 0) + 1)
    node: Node = Scalar(value, value, place)
    if name in _LISTS:
        words = value.replace(",", " ").split()
        node = Sequence(tuple(Scalar(word, word, place) for word in words), place)
    return Entry(name, attribute.name_place, node)


def _scalar(element: _Element) -> Scalar:
    return Scalar(element.text, element.text, element.text_place or element.place)


def _list(element: _Element, notes: Notes) -> Sequence:
    _no_text(element, notes)
    item_tag = _LISTS[element.tag]
    items: list[Node] = []
    for child in element.children:
        if child.tag == item_tag:
            items.append(_node(child, notes))
        elif element.tag == "topics" and child.tag in _BESIDE_TOPICS:
            items.append(_BESIDE_TOPICS[child.tag](child, notes))
        else:
            notes.problem(
                f"<{child.tag}> is not allowed in <{element.tag}>",
                child.place,
                excerpt=f"<{child.tag}>",
                hint=f"allowed: {_allowed_in(element.tag)}",
            )
    return Sequence(tuple(items), element.place)


def _allowed_in(tag: str) -> str:
    tags = (_LISTS[tag], *(_BESIDE_TOPICS if tag == "topics" else ()))
    return ", ".join(f"<{allowed}>" for allowed in tags)


def _subsection(element: _Element, notes: Notes) -> Node:
    """A mapping with the list `topics`, as in YAML."""
    entries = [_attribute(element, name) for name in element.attributes]
    items: list[Node] = []
    for child in element.children:
        if child.tag == "topic":
            items.append(_node(child, notes))
        elif child.tag == "activity":
            items.append(_activity(child, notes))
        else:
            entries.append(Entry(child.tag, child.place, _node(child, notes)))
    entries.append(Entry("topics", element.place, Sequence(tuple(items), element.place)))
    return _mapping(element, entries, notes)


def _activity(element: _Element, notes: Notes) -> Node:
    """A mapping whose key `activity` has the texts."""
    entries = [_attribute(element, name) for name in element.attributes]
    texts = _without_attributes(element)
    return Mapping((*entries, Entry("activity", element.place, _node(texts, notes))), element.place)


_BESIDE_TOPICS = {"subsection": _subsection, "activity": _activity}


def _without_attributes(element: _Element) -> _Element:
    return _Element(
        element.tag, {}, element.place, element.children, element.chunks, element.text_place
    )


def _plain(element: _Element) -> Node:
    """An element of any structure: attributes and children are keys, repeated ones lists."""
    if not element.children and not element.attributes:
        return _scalar(element)
    entries = [
        Entry(name, attribute.name_place, Scalar(attribute.value, attribute.value, attribute.place))
        for name, attribute in element.attributes.items()
    ]
    if element.text:
        entries.append(Entry("text", element.text_place or element.place, _scalar(element)))
    return Mapping((*entries, *_plain_entries(element.children)), element.place)


def _plain_entries(elements: list[_Element]) -> list[Entry]:
    by_tag: dict[str, list[_Element]] = {}
    for element in elements:
        by_tag.setdefault(element.tag, []).append(element)
    return [Entry(tag, same[0].place, _plain_values(same)) for tag, same in by_tag.items()]


def _plain_values(elements: list[_Element]) -> Node:
    if len(elements) == 1:
        return _plain(elements[0])
    return Sequence(tuple(map(_plain, elements)), elements[0].place)


def _no_text(element: _Element, notes: Notes) -> None:
    if element.text:
        place = element.text_place or element.place
        notes.problem(
            f"text is not allowed beside the elements of <{element.tag}>",
            place,
            excerpt=element.text[:80],
        )


def _setting_entry(element: _Element) -> Entry:
    return Entry(element.tag, element.place, _setting(element))


def _setting(element: _Element) -> Node:
    """A plugin's setting: `<item>`s are a list, other elements a mapping, texts as in YAML."""
    if not element.children:
        place = element.text_place or element.place
        return Scalar(plain_value(element.text), element.text, place)
    if all(child.tag == "item" for child in element.children):
        return Sequence(tuple(_setting(child) for child in element.children), element.place)
    return Mapping(tuple(_setting_entry(child) for child in element.children), element.place)
