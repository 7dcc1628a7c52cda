"""Messages about wrong settings, in the words of the spec."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
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
    for field in attrs.fields(cls):
        reason = _reason(field, values, structure)
        if reason is None:
            continue
        key = field.name.replace("_", "-")
        variable = variables.get(field.name)
        where = f"environment variable {variable}" if variable else f"plugins.{plugin}.{key}"
        reasons.append(f"{where}: {reason}")
        if allowed := allowed_values(field, values[field.name]):
            hints.append(allowed if len(values) == 1 else f"{key}: {allowed}")
    if not reasons:  # the values contradict each other
        reasons = [explain(error, path=f"plugins.{plugin}")]
    text = f"invalid settings: {'; '.join(reasons)}"
    return SettingsError(text, plugin=plugin, hint="; ".join(hints) or None)


def allowed_values(field: attrs.Attribute[Any], value: object) -> str:
    """What may be written for a setting instead of this value; empty if that is unknown."""
    schema = field_schema(field)
    allowed = _described(schema)
    if not allowed:
        return ""
    options = [str(option) for option in _options(schema)]
    near = nearest(str(value), options, "") if options else ""
    return f"allowed: {allowed}" + (f"; {near}" if near else "")


def _reason(
    field: attrs.Attribute[Any],
    values: Mapping[str, Any],
    structure: Callable[[Mapping[str, Any]], object],
) -> str | None:
    """Why the value of a field is refused; None if it is right, or not given."""
    if field.name not in values:
        return None
    value = values[field.name]
    try:
        structure({field.name: value})
    except Exception as error:
        text = explain(error, path="").partition(" @ ")[0]
        text = text.removeprefix(f"'{field.name}' ")
        written = json.dumps(value, ensure_ascii=False, default=str)
        if text.startswith(repr(value)):
            text = written + text.removeprefix(repr(value))
        kinds = {"of type str": "a text", "of type int": "a whole number"}
        for python, own in (kinds | {"of type bool": "true or false"}).items():
            text = text.replace(f"is not {python}", f"is not {own}")
        return text
    return None


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
    text = _TYPES.get(schema.get("type", ""), "")
    bounds = [f"{words} {schema[name]}" for name, words in _BOUNDS.items() if name in schema]
    return ", ".join(filter(None, [text, " and ".join(bounds)]))
