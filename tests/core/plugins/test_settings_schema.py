"""Settings classes as JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

import pytest
from attrs import field, frozen
from attrs.validators import and_, deep_iterable, ge, gt, in_, le, optional
from jsonschema import Draft202012Validator

from clm.errors import SettingsError
from clm.plugins.schema import settings_schema
from clm.plugins.settings import structure_settings


class Colour(StrEnum):
    RED = "red"


@frozen
class Nested:
    depth: int = 1


@frozen
class Settings:
    cell_timeout: float = field(
        default=1.0, validator=gt(0.0), metadata={"help": "seconds\n  each"}
    )
    border: int = field(default=2, validator=and_(ge(0), le(9)))
    theme: str = field(default="light", validator=in_(("light", "dark")))
    scale: float | None = field(default=None, validator=optional(and_(gt(0.0), le(4.0))))
    formats: tuple[str, ...] = field(default=("png",), validator=deep_iterable(in_(("png", "svg"))))
    mode: Literal["a", "b"] = "a"
    colour: Colour = Colour.RED
    flag: bool = True
    words: dict[str, str] = field(factory=dict)
    files: Mapping[str, Nested] = field(factory=dict)
    free: dict[str, Any] = field(factory=dict)


SCHEMA = settings_schema(Settings)

RIGHT: list[dict[str, Any]] = [
    {},
    {"cell-timeout": 1, "border": 9, "theme": "dark", "scale": 4.0, "formats": ["svg"]},
    {"cell_timeout": 1, "scale": None, "mode": "b", "colour": "red", "flag": False},
    {"words": {"a": "b"}, "files": {"x": {"depth": 2}}, "free": {"x": [1, None]}, "formats": []},
]
WRONG: list[dict[str, Any]] = [
    {"cell-timeot": 1},
    {"cell-timeout": 0},
    {"cell-timeout": "1"},
    {"border": 10},
    {"border": 1.5},
    {"theme": "pink"},
    {"scale": 5},
    {"scale": "x"},
    {"formats": "png"},
    {"formats": ["gif"]},
    {"colour": "blue"},
    {"flag": "yes"},
    {"words": {"a": 1}},
    {"files": {"x": {"width": 2}}},
]


def test_schema_is_valid() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("values", RIGHT)
def test_accepted_settings_validate(values: dict[str, Any]) -> None:
    structure_settings("p", Settings, values, {})
    assert list(Draft202012Validator(SCHEMA).iter_errors(values)) == []


@pytest.mark.parametrize("values", WRONG)
def test_rejected_settings_fail_validation(values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        structure_settings("p", Settings, values, {})
    assert list(Draft202012Validator(SCHEMA).iter_errors(values)) != []


def test_property_has_help_and_default() -> None:
    schema = SCHEMA["properties"]["cell-timeout"]
    assert (schema["description"], schema["default"]) == ("seconds each", 1.0)
