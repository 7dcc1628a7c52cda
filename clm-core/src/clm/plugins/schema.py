"""The settings of a plugin as JSON Schema."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

Schema = dict[str, Any]

_SCALARS: Mapping[Any, str] = {str: "string", bool: "boolean", int: "integer", float: "number"}
_BOUNDS: Mapping[Any, str] = {
    operator.ge: "minimum",
    operator.gt: "exclusiveMinimum",
    operator.le: "maximum",
    operator.lt: "exclusiveMaximum",
}


def settings_schema(cls: type) -> Schema:
    """The JSON Schema of `plugins.<name>` for the attrs class of a plugin's settings."""
    properties = _properties(cls)
    kebab = {name.replace("_", "-"): schema for name, schema in properties.items()}
    # Both spellings of a name are accepted, but editors should suggest only one.
    other = {name: {**schema, "deprecated": True} for name, schema in properties.items()}
    return _object({**other, **kebab})


def _properties(cls: type) -> dict[str, Schema]:
    attrs.resolve_types(cls)
    return {field.name: _field(field) for field in attrs.fields(cls)}


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def field_schema(field: attrs.Attribute[Any]) -> Schema:
    """The JSON Schema of one setting, with the constraints of its validators."""
    return _constrained(_type(field.type), field.validator)


def _field(field: attrs.Attribute[Any]) -> Schema:
    schema = field_schema(field)
    if help_ := field.metadata.get("help"):
        schema["description"] = " ".join(str(help_).split())
    if isinstance(field.default, (str, bool, int, float)):
        schema["default"] = field.default
    return schema


def _type(kind: Any) -> Schema:
    if kind in _SCALARS:
        return {"type": _SCALARS[kind]}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, UnionType):
        return {"anyOf": [_type(argument) for argument in arguments]}
    if kind is NoneType:
        return {"type": "null"}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if attrs.has(kind):
        return _object(_properties(kind))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _type(arguments[1])}
    if origin in (list, tuple, frozenset, set):
        return {"type": "array", "items": _type(arguments[0])}
    return {}


def _constrained(schema: Schema, validator: Any) -> Schema:
    """The schema with the constraints of attrs' own validators; others are ignored."""
    for part in _parts(validator):
        if isinstance(schema.get("anyOf"), list):
            schema["anyOf"] = [_with(member, part) for member in schema["anyOf"]]
        else:
            schema = _with(schema, part)
    return schema


def _parts(validator: Any) -> Iterator[Any]:
    several = getattr(validator, "_validators", None)
    if isinstance(several, (tuple, list)):
        for part in several:
            yield from _parts(part)
    elif type(validator).__name__ == "_OptionalValidator":
        yield from _parts(validator.validator)
    elif validator is not None:
        yield validator


def _with(schema: Schema, validator: Any) -> Schema:
    member = getattr(validator, "member_validator", None)
    if member is not None and "items" in schema:
        return {**schema, "items": _constrained(schema["items"], member)}
    if schema.get("type") == "null" or member is not None:
        return schema
    options = getattr(validator, "options", None)
    if options is not None and not isinstance(options, str):
        return {**schema, "enum": list(options)}
    bound = _BOUNDS.get(getattr(validator, "compare_func", None))
    return {**schema, bound: validator.bound} if bound else schema
