"""Typed access to mappings of the spec; invalid values become problems."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from attrs import frozen

from clm.course.notes import Notes
from clm.course.paths.relative_path import relative_path
from clm.course.syntax.keys import Keys, Shape
from clm.course.syntax.tree import Entry, Mapping, Node, Scalar, Sequence
from clm.errors import Place
from clm.hints import nearest

LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@frozen(repr=False)
class Item:
    """A text in a list of the spec, with its place."""

    text: str
    place: Place


@frozen(eq=False, repr=False)
class Fields:
    """The entries of a mapping; null values count as missing."""

    what: str
    place: Place
    entries: dict[str, Entry]
    notes: Notes

    def node(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        if entry is None or (isinstance(entry.value, Scalar) and entry.value.value is None):
            return None
        return entry.value

    def required(self, key: str) -> Node | None:
        """Return the value; a missing one is a problem."""
        node = self.node(key)
        if node is None:
            entry = self.entries.get(key)
            self.notes.problem(
                f"{key!r} is missing", entry.place if entry else self.place, excerpt=self.what
            )
        return node

    def text(self, key: str, default: str = "") -> str:
        node = self.node(key)
        text = as_text(node, f"{key!r}", self.notes) if node is not None else None
        return default if text is None else text

    def flag(self, key: str, default: bool) -> bool:
        node = self.node(key)
        if node is None:
            return default
        if isinstance(node, Scalar):
            if isinstance(node.value, bool):
                return node.value
            if node.text.strip().lower() in _FLAGS:
                return _FLAGS[node.text.strip().lower()]
        wrong_type(node, f"{key!r}", "true or false", self.notes)
        return default

    def texts(self, key: str, languages: tuple[str, ...]) -> dict[str, str]:
        """Return a text per language; missing ones are those of the first language."""
        node = self.node(key)
        return {} if node is None else complete(as_texts(node, key, self.notes), languages)

    def required_texts(self, key: str) -> dict[str, str]:
        """Return the texts of a name by language; a missing or empty one is a problem."""
        node = self.required(key)
        if node is None:
            return {}
        before = len(self.notes.problems)
        texts = as_texts(node, key, self.notes)
        if len(self.notes.problems) == before and not (texts and all(texts.values())):
            self.notes.problem(f"{key!r} must not be empty", node.place, excerpt=self.what)
        return texts

    def items(self, key: str) -> tuple[Node, ...]:
        node = self.node(key)
        if node is None:
            return ()
        if isinstance(node, Sequence):
            return node.items
        # XML cannot write an empty list in any other way.
        if not (isinstance(node, Scalar) and node.value == ""):
            wrong_type(node, f"{key!r}", "a list", self.notes)
        return ()

    def strings(self, key: str, allowed: Iterable[str] | None = None) -> tuple[Item, ...]:
        """Return a list of distinct texts, restricted to `allowed` if given."""
        found: dict[str, Item] = {}
        for node in self.items(key):
            text = as_text(node, f"an item of {key!r}", self.notes)
            if text is None:
                continue
            if text in found:
                self.notes.problem(f"{text!r} is given twice", node.place, excerpt=text)
            elif allowed is None or self._is_allowed(key, text, tuple(allowed), node.place):
                found[text] = Item(text, node.place)
        return tuple(found.values())

    def names(self, key: str, known: tuple[str, ...]) -> tuple[Item, ...]:
        """Return a list of distinct names, `known` ones or such as plugins may offer.

        Whether a plugin offers them is checked where plugins are known.
        """
        return tuple(
            item
            for item in self.strings(key)
            if _NAME.fullmatch(item.text) or self._is_allowed(key, item.text, known, item.place)
        )

    def words(self, key: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """Return the distinct words of a text, or of a list of texts, in lower case."""
        node = self.node(key)
        if isinstance(node, Scalar):
            text = as_text(node, f"{key!r}", self.notes) or ""
            parts = [Scalar(word, word, node.place) for word in text.replace(",", " ").split()]
            node = Sequence(tuple(parts), node.place)
        if not isinstance(node, Sequence):
            return tuple(item.text for item in self.strings(key))  # reports the wrong type
        found = [as_text(item, f"an item of {key!r}", self.notes) for item in node.items]
        return tuple(
            dict.fromkeys(
                text.lower()
                for text, item in zip(found, node.items, strict=True)
                if text is not None and self._is_allowed(key, text.lower(), allowed, item.place)
            )
        )

    def kept(self, keys: Keys) -> dict[str, Any]:
        """Return the values of these keys that have no effect and any structure, as plain data."""
        names = (key.name for key in keys.known if key.shape is Shape.ANY)
        nodes = {name: node for name in names if (node := self.node(name)) is not None}
        found = {name: as_data(node, self.notes) for name, node in nodes.items()}
        # XML writes an empty mapping or list like an empty text.
        return {name: data for name, data in found.items() if data not in ("", {}, [])}

    def path(self, key: str) -> PurePosixPath | None:
        node = self.required(key)
        text = as_text(node, f"{key!r}", self.notes) if node is not None else None
        return None if node is None or text is None else as_path(text, node.place, self.notes)

    def _is_allowed(self, key: str, text: str, allowed: tuple[str, ...], place: Place) -> bool:
        if text not in allowed:
            hint = None if self.notes.are_many else nearest_hint(text, allowed)
            self.notes.problem(f"{text!r} is not one of {key!r}", place, excerpt=text, hint=hint)
        return text in allowed


def read_fields(node: Node, keys: Keys, notes: Notes) -> Fields | None:
    """Return the fields of a mapping; keys that are not in `keys` are problems."""
    what, allowed = keys.what, keys.names
    if not isinstance(node, Mapping):
        wrong_type(node, what, f"a mapping with {', '.join(allowed)}", notes)
        return None
    entries: dict[str, Entry] = {}
    for entry in unique_entries(node, notes):
        if entry.key in allowed:
            entries[entry.key] = entry
        elif reason := keys.unused.get(entry.key):
            entries[entry.key] = entry
            notes.unused(entry.key, reason, entry.place)
        else:
            notes.problem(
                f"unknown key {entry.key!r} in {what}",
                entry.place,
                excerpt=entry.key,
                hint=None if notes.are_many else nearest_hint(entry.key, allowed),
            )
    return Fields(what, node.place, entries, notes)


def unique_entries(node: Mapping, notes: Notes) -> tuple[Entry, ...]:
    """Return the entries of a mapping; duplicate keys are problems."""
    found: dict[str, Entry] = {}
    for entry in node.entries:
        if entry.key in found:
            first = found[entry.key].place.line
            notes.problem(
                f"{entry.key!r} is given twice",
                entry.place,
                excerpt=entry.key,
                hint=f"first given in line {first}",
            )
        else:
            found[entry.key] = entry
    return tuple(found.values())


def as_text(node: Node, what: str, notes: Notes) -> str | None:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return node.value.strip()
    hint = f'put it in quotes: "{node.text}"' if isinstance(node, Scalar) and node.text else None
    wrong_type(node, what, "text", notes, hint)
    return None


def as_texts(node: Node, what: str, notes: Notes) -> dict[str, str]:
    """Return texts by language; a plain text has the key `""`, for all languages."""
    if not isinstance(node, Mapping):
        text = as_text(node, f"{what!r}", notes)
        return {} if text is None else {"": text}
    texts: dict[str, str] = {}
    for entry in unique_entries(node, notes):
        if not LANGUAGE_CODE.fullmatch(entry.key):
            hint = "use language codes, such as de or en"
            notes.problem(
                f"{entry.key!r} in {what!r} is not a language code",
                entry.place,
                excerpt=entry.key,
                hint=hint,
            )
            continue
        text = as_text(entry.value, f"{what!r}", notes)
        if text is not None:
            texts[entry.key] = text
    return texts


def complete(texts: dict[str, str], languages: tuple[str, ...]) -> dict[str, str]:
    fallback = next(iter(texts.values()), "")
    return {language: texts.get(language, fallback) for language in languages}


def as_path(text: str, place: Place, notes: Notes) -> PurePosixPath | None:
    try:
        return relative_path(text)
    except ValueError as error:
        hint = "use a path inside the course's data folder, relative to it"
        notes.problem(f"{text!r} is {error}", place, excerpt=text, hint=hint)
        return None


def as_data(node: Node, notes: Notes) -> Any:
    """Return a node as plain data."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [as_data(item, notes) for item in node.items]
    return {entry.key: as_data(entry.value, notes) for entry in unique_entries(node, notes)}


def wrong_type(node: Node, what: str, expected: str, notes: Notes, hint: str | None = None) -> None:
    found, excerpt = _describe(node)
    notes.problem(f"{what} must be {expected}, not {found}", node.place, excerpt=excerpt, hint=hint)


def _describe(node: Node) -> tuple[str, str | None]:
    """Return a node's description for messages, and its text."""
    if isinstance(node, Scalar):
        return (repr(node.text) if node.text else "nothing"), node.text[:80]
    if isinstance(node, Sequence):
        return "a list", None
    return "a mapping", ", ".join(entry.key for entry in node.entries[:5])


def nearest_hint(name: str, allowed: Iterable[str]) -> str:
    """Return the nearest valid name, and all of them."""
    names = tuple(allowed)
    return f"{nearest(name, names, '')} allowed: {', '.join(names)}".strip()
