"""Positioned trees: specs of both syntaxes with the places of all values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from attrs import frozen

from clm.errors import Diagnostic, Place, SpecError

MAX_DEPTH = 40
MAX_NODES = 20_000

Value = str | int | float | bool | None

# The core schema of YAML 1.2, in which `no` and `1_000` are texts.
_NULL = re.compile(r"~|null|Null|NULL|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]{1,18}|0o[0-7]{1,20}|0x[0-9a-fA-F]{1,16}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


@frozen(repr=False)
class Scalar:
    """A value without parts; `text` is how the author wrote it."""

    value: Value
    text: str
    place: Place


@frozen(repr=False)
class Sequence:
    items: tuple[Node, ...]
    place: Place


@frozen(repr=False)
class Entry:
    key: str
    place: Place
    value: Node


@frozen(repr=False)
class Mapping:
    """Keys and values in the author's order; a key may occur twice."""

    entries: tuple[Entry, ...]
    place: Place


Node = Scalar | Sequence | Mapping


@frozen(repr=False)
class Mark:
    """What a message is about: its place, and the text there, None for several parts or lines."""

    place: Place
    text: str | None = None


def mark_in(node: Node, keys: Iterable[str | int], *, of_key: bool = False) -> Mark:
    """Return the mark of the value at the keys and indexes, or that of its nearest parent.

    A mapping is marked by its key, since the mapping itself begins with one of its own keys. With
    `of_key`, the last key is marked.
    """
    entry: Entry | None = None
    for key in keys:
        if isinstance(node, Mapping):
            found = next((entry for entry in node.entries if entry.key == key), None)
            if found is None:
                break
            entry, node = found, found.value
        elif isinstance(node, Sequence) and isinstance(key, int) and key < len(node.items):
            entry, node = None, node.items[key]
        else:
            break
    has_no_place = entry is not None and entry.place == node.place  # the value is missing
    if entry is not None and (of_key or has_no_place or isinstance(node, Mapping)):
        return Mark(entry.place, entry.key)
    text = node.text if isinstance(node, Scalar) and "\n" not in node.text else None
    return Mark(node.place, text)


def plain_value(text: str) -> Value:
    """Return the value of an unquoted text in YAML 1.2."""
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _INT.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text, base)
    if _FLOAT.fullmatch(text) and math.isfinite(value := float(text)):
        return value
    return text


def refuse(
    message: str, place: Place, *, excerpt: str | None = None, hint: str | None = None
) -> SpecError:
    """Return the error for a spec that cannot be read further."""
    return SpecError([Diagnostic(message, place=place, excerpt=excerpt, hint=hint)])


def line_of(text: str, number: int) -> str | None:
    """Return the text of a line (from 1), shortened for messages; None if there is none."""
    lines = text.split("\n")[number - 1 : number]
    return lines[0].strip()[:120] if lines else None
