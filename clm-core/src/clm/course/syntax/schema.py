"""JSON Schema of course specs, from the table of keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from clm.course.syntax.fields import LANGUAGE_CODE
from clm.course.syntax.keys import COURSE, SECTION, SUBSECTION, Key, Keys, Shape

Schema = dict[str, Any]

_FLAG: Schema = {"enum": [True, False, "yes", "no"]}
_TEXT: Schema = {"type": "string"}
_OFF: Schema = {"required": ["enabled"], "properties": {"enabled": {"enum": [False, "no"]}}}


def course_schema(
    settings: Mapping[str, Schema], formats: Iterable[str], kinds: Iterable[str] = ()
) -> Schema:
    """Return the JSON Schema (2020-12) of specs in YAML.

    `settings` are the schemas of plugins' settings by plugin; `formats` and `kinds`
    are those that plugins offer.
    """
    builder = _Builder(dict(settings), tuple(sorted(set(formats))), tuple(sorted(set(kinds))))
    parts = {
        inner.what.split()[-1]: inner
        for keys in _all_keys(COURSE)
        for key in keys.known
        for inner in _inner(key)
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The spec of a CLM course",
        **builder.table(COURSE),
        "$defs": {name: builder.definition(keys) for name, keys in sorted(parts.items())},
    }


def _all_keys(keys: Keys) -> Iterable[Keys]:
    yield keys
    for key in keys.known:
        for inner in _inner(key):
            yield from _all_keys(inner)


def _inner(key: Key) -> tuple[Keys, ...]:
    return (key.of, *key.or_of) if key.of is not None else ()


@frozen
class _Builder:
    settings: dict[str, Schema]
    formats: tuple[str, ...]
    kinds: tuple[str, ...] = ()

    def definition(self, keys: Keys) -> Schema:
        """Return the schema of a mapping with these keys, or of the text that may replace it."""
        table = self.table(keys)
        return {"anyOf": [_TEXT, table]} if keys.short else table

    def table(self, keys: Keys) -> Schema:
        properties = {key.name: self._value(key) for key in keys.known}
        for name in keys.unused:
            properties[name]["deprecated"] = True
        required = [key.name for key in keys.known if key.required]
        schema: Schema = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        if required:
            schema["required"] = required
        if keys in (SECTION, SUBSECTION):
            schema["anyOf"] = [{"required": ["topics"]}, _OFF]
        return schema

    def _value(self, key: Key) -> Schema:
        return {"description": key.help, **self._shape(key)}

    def _shape(self, key: Key) -> Schema:
        match key.shape:
            case Shape.TEXT:
                return _TEXT
            case Shape.TEXTS:
                return {"anyOf": [_TEXT, _by_language()]}
            case Shape.FLAG:
                return _FLAG
            case Shape.WORDS:
                return {"type": "array", "items": self._word(key), "uniqueItems": True}
            case Shape.LIST:
                least = {"minItems": 1} if key.required else {}
                most = {"maxItems": key.most} if key.most is not None else {}
                kinds = [_reference(inner) for inner in _inner(key)]
                items = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
                return {"type": "array", "items": items, **least, **most}
            case Shape.WORD_LIST:
                words = {"type": "array", "items": {"enum": list(key.allowed)}, "minItems": 1}
                return {"anyOf": [_TEXT, words]}
            case Shape.TABLE:
                return _reference(_inner(key)[0])
            case Shape.ANY:
                return {}
            case Shape.FREE:
                scalars = {"type": ["string", "number", "boolean"]}
                return {"type": "object", "additionalProperties": scalars}
            case Shape.PLUGINS:
                return {
                    "type": "object",
                    "properties": self.settings,
                    "additionalProperties": False,
                }

    def _word(self, key: Key) -> Schema:
        if key.name == "formats":
            return {"enum": list(self.formats)}
        if key.name == "kinds":
            return {"enum": [*key.allowed, *self.kinds]}
        if key.name == "requires":
            return {"enum": sorted(self.settings)}
        return {"enum": list(key.allowed)} if key.allowed else _TEXT


def _reference(keys: Keys) -> Schema:
    return {"$ref": f"#/$defs/{keys.what.split()[-1]}"}


def _by_language() -> Schema:
    code = f"^(?:{LANGUAGE_CODE.pattern})$"
    return {
        "type": "object",
        "patternProperties": {code: _TEXT},
        "additionalProperties": False,
        "minProperties": 1,
    }
