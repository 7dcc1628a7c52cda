"""Digests of the arguments of planning functions and checks: all that these may depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Set
from enum import Enum
from pathlib import PurePath
from typing import Any

import attrs
from attrs import define, field


class UnknownContentError(Exception):
    """A value has parts whose content is not known, such as a function."""


@define(eq=False, repr=False)
class Contents:
    """Digests of values; those that several arguments share are read once.

    A value may consist of attrs classes, mappings, sequences, sets, paths, enums and scalars.
    Values of different types, or in another order, have different digests.
    """

    _known: dict[int, tuple[Any, str]] = field(factory=dict, init=False)

    def digest(self, *values: Any) -> str:
        """The digest of the values.

        Raises:
            UnknownContentError: a part of a value is of no such type.
        """
        try:
            return _sha([_plain(value) for value in values])
        except RecursionError as error:
            raise UnknownContentError("a value that contains itself") from error

    def shared(self, value: Any) -> str:
        """The digest of a value that other arguments have, too; it must not be changed."""
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = value, self.digest(value)  # kept, as is its id
        return known[1]


def _sha(data: Any) -> str:
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """The value as lists that begin with its type; texts and None are as they are."""
    kind = type(value)
    if kind is str or value is None:
        return value
    if kind is tuple or kind is list:
        return [kind.__name__, *map(_plain, value)]
    if kind in (bool, int, float):
        return [kind.__name__, repr(value)]
    if isinstance(value, PurePath):
        return ["path", str(value)]
    if attrs.has(kind):
        # Fields that do not count in comparisons may still be read.
        return [_name(kind), *[_plain(getattr(value, name)) for name in _fields(kind)]]
    return _plain_container(value, kind)


def _plain_container(value: Any, kind: type) -> Any:
    if isinstance(value, Enum):
        return [_name(kind), value.name]
    if isinstance(value, Mapping):
        return [_name(kind), *[[_plain(k), _plain(v)] for k, v in value.items()]]
    if isinstance(value, Set):
        return [_name(kind), *sorted(json.dumps(_plain(item)) for item in value)]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    raise UnknownContentError(f"a value of {kind.__qualname__}")


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


_known_fields: dict[type, tuple[str, ...]] = {}


def _fields(kind: type) -> tuple[str, ...]:
    if kind not in _known_fields:
        _known_fields[kind] = tuple(attribute.name for attribute in attrs.fields(kind))
    return _known_fields[kind]
