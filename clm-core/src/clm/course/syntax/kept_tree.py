"""The tree of a course spec in a file, so that only a changed spec is parsed."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from clm.course.syntax.tree import Entry, Mapping, Node, Scalar, Sequence
from clm.errors import Place
from clm.installed.kept import read_json, write_json

FORMAT = 2
"""Incremented whenever the same text gives another tree, or the file is written otherwise."""

_SCALAR, _SEQUENCE, _MAPPING = range(3)


def kept_tree(kept: Path, text: str, file: str) -> Node | None:
    """The tree of this text of the spec `file`; None if the file `kept` does not have it."""
    data = read_json(kept)
    if data.get("of") != _identity(text):
        return None
    try:
        return _load(data["tree"], file)
    except (KeyError, IndexError, TypeError, ValueError):
        return None  # the file is damaged


def keep_tree(kept: Path, text: str, tree: Node) -> None:
    """Writes the tree of this text, if the folder of `kept` exists and is writable."""
    dumped = _dump(tree)
    # Not kept: surrogates, which YAML's escapes give and JSON joins to one character.
    is_exact = _load(json.loads(json.dumps(dumped)), tree.place.file) == tree
    if is_exact and kept.parent.is_dir():
        write_json(kept, {"of": _identity(text), "tree": dumped})


def _identity(text: str) -> str:
    return f"{FORMAT} {hashlib.sha256(text.encode()).hexdigest()}"


def _dump(node: Node) -> list[Any]:
    place = (node.place.line, node.place.column)
    match node:
        case Scalar(value, text):
            # Most values are texts.
            return [_SCALAR, *place, text] if value == text else [_SCALAR, *place, text, value]
        case Sequence(items):
            return [_SEQUENCE, *place, [_dump(item) for item in items]]
        case Mapping(entries):
            of_entries = [[e.key, e.place.line, e.place.column, _dump(e.value)] for e in entries]
            return [_MAPPING, *place, of_entries]


def _load(data: list[Any], file: str) -> Node:
    kind, line, column, content, *value = data
    place = Place(file, line, column)
    if kind == _SCALAR:
        return Scalar(value[0] if value else content, content, place)
    if kind == _SEQUENCE:
        return Sequence(tuple(_load(item, file) for item in content), place)
    entries = (Entry(k, Place(file, ln, col), _load(v, file)) for k, ln, col, v in content)
    return Mapping(tuple(entries), place)
