"""Messages about wrong settings, in the words of the spec."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import attrs

from clm.errors import SettingsError
from clm.hints import nearest
from clm.jobs.structuring import explain
from clm.plugins.schema import field_schema

_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "null",
}
_STEP = re.compile(r"\['([^']*)'\]|\[(\d+)\]|\.(\w+)")
_NO_LITERAL = re.compile(r"CattrsError: (.*) not in literal typing\.Literal\[(.*)\]", re.DOTALL)
_EXTRA = re.compile(r"extra fields found \((.*)\)", re.DOTALL)
_BOUNDS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
}


def settings_error(
    plugin: str,
    cls: type,
    values: Mapping[str, Any],
    variables: Mapping[str, str],
    structure: Callable[[Mapping[str, Any]], object],
    error: Exception,
) -> SettingsError:
    """The error for the values by field, which `structure` refuses with this error.

    `variables` has the environment variables that set some of them.
    """
    reasons, hints = [], []
    last: _Fault | None = None
    for field in attrs.fields(cls):
        fault = _fault(field, values, structure)
        if fault is None:
            continue
        last, keys = fault, fault.keys
        key = ".".join(map(str, (field.name.replace("_", "-"), *keys)))
        variable = variables.get(field.name)
        where = f"environment variable {variable}" if variable else f"plugins.{plugin}.{key}"
        reasons.append(f"{where}: {fault.reason}")
        if allowed := _allowed(_schema_at(field_schema(field), keys), values[field.name], keys):
            hints.append(allowed if len(values) == 1 else f"{key}: {allowed}")
    if not reasons:  # the values contradict each other
        reasons = [explain(error, path=f"plugins.{plugin}")]
    text = f"invalid settings: {'; '.join(reasons)}"
    return SettingsError(
        text,
        plugin=plugin,
        hint="; ".join(hints) or None,
        keys=(*last.keys, *last.unknown) if last else (),
        of_key=bool(last and last.unknown),
    )


def allowed_values(field: attrs.Attribute[Any], value: object) -> str:
    """What may be written for a setting instead of this value; empty if that is unknown."""
    return _allowed(field_schema(field), value, ())


def _allowed(schema: Mapping[str, Any], value: Any, keys: Sequence[str | int]) -> str:
    allowed = _described(schema)
    if not allowed:
        return ""
    for key in keys:
        value = _at(value, key)
    options = [str(option) for option in _options(schema)]
    near = nearest(str(value), options, "") if options else ""
    return f"allowed: {allowed}" + (f"; {near}" if near else "")


def _at(value: Any, key: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(key, value.get(str(key).replace("-", "_")))
    return value[key] if isinstance(value, Sequence) and isinstance(key, int) else value


def _schema_at(schema: Mapping[str, Any], keys: Iterable[str | int]) -> Mapping[str, Any]:
    """The schema of what is inside of a setting."""
    for key in keys:
        properties = schema.get("properties", {})
        inner = schema.get("items") if isinstance(key, int) else properties.get(key)
        schema = inner or schema.get("additionalProperties") or {}
    return schema


@attrs.frozen(repr=False)
class _Fault:
    """Why a value is refused, the keys of the part of it, and there the key that is `unknown`."""

    reason: str
    keys: tuple[str | int, ...]
    unknown: tuple[str, ...] = ()


def _fault(
    field: attrs.Attribute[Any],
    values: Mapping[str, Any],
    structure: Callable[[Mapping[str, Any]], object],
) -> _Fault | None:
    """Why the value of a field is refused; None if it is right, or not given."""
    if field.name not in values:
        return None
    value = values[field.name]
    try:
        structure({field.name: value})
    except Exception as error:
        text, _, path = explain(error, path="").partition("; ")[0].partition(" @ ")
        if extra := _EXTRA.fullmatch(text):
            name = min(extra[1].split(", "))  # the other ones are found without it
            return _Fault(f"unknown key {name!r}", _keys(path)[1:], (name,))
        text = _in_words(text).removeprefix(f"'{field.name}' ")
        written = json.dumps(value, ensure_ascii=False, default=str)
        if text.startswith(repr(value)):
            text = written + text.removeprefix(repr(value))
        kinds = {"of type str": "a text", "of type int": "a whole number"}
        for python, own in (kinds | {"of type bool": "true or false"}).items():
            text = text.replace(f"is not {python}", f"is not {own}")
        return _Fault(text, _keys(path)[1:])
    return None


def _keys(path: str) -> tuple[str | int, ...]:
    """The keys of a path such as `.destinations['web'].keep[1]`."""
    return tuple(
        int(found[2]) if found[2] else found[1] or found[3] for found in _STEP.finditer(path)
    )


def _in_words(text: str) -> str:
    if found := _NO_LITERAL.fullmatch(text):
        return f"{found[1]!r} is not one of {found[2].replace(chr(39), '')}"
    return text


def _options(schema: Mapping[str, Any]) -> Collection[Any]:
    if "anyOf" in schema:
        return [option for member in schema["anyOf"] for option in _options(member)]
    options: Collection[Any] = schema.get("enum", ())
    return options


def _described(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(filter(None, map(_described, schema["anyOf"])))
    if properties := schema.get("properties"):
        return f"a mapping with {', '.join(properties)}"
    text = _TYPES.get(schema.get("type", ""), "")
    bounds = [f"{words} {schema[name]}" for name, words in _BOUNDS.items() if name in schema]
    return ", ".join(filter(None, [text, " and ".join(bounds)]))
