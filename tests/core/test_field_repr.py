"""Representation of public classes."""

from __future__ import annotations

from attrs import field, frozen

from clm.field_repr import field_repr


def test_as_attrs_shows_it() -> None:
    @frozen
    class Shown:
        one: str
        two: tuple[int, ...] = ()
        hidden: str = field(default="", repr=False)

    assert field_repr(Shown("a", (1, 2))) == repr(Shown("a", (1, 2)))
