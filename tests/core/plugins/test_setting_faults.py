"""Errors in settings that are mappings and lists."""

from __future__ import annotations

from typing import Literal

import pytest
from attrs import field, frozen

from clm.errors import SettingsError
from clm.plugins.settings import structure_settings


@frozen
class Place:
    kind: Literal["near", "far"] = "near"
    names: tuple[str, ...] = ()


@frozen
class Settings:
    places: dict[str, Place] = field(factory=dict)


def fault(place: object) -> SettingsError:
    with pytest.raises(SettingsError) as error:
        structure_settings("shout", Settings, {"places": {"home": place}}, {})
    return error.value


def test_nested_value_named_with_options() -> None:
    error = fault({"kind": "farr"})
    assert "plugins.shout.places.home.kind: 'farr' is not one of near, far" in error.message
    assert error.hint == "allowed: near, far; did you mean 'far'?"
    assert error.keys == ("home", "kind")


def test_nested_key_named_with_others() -> None:
    error = fault({"kin": "far"})
    assert "plugins.shout.places.home: unknown key 'kin'" in error.message
    assert error.hint == "allowed: a mapping with kind, names"


def test_item_of_nested_list_named() -> None:
    assert fault({"names": ["a", 2]}).keys == ("home", "names", 1)
