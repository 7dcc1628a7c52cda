"""Representation of the classes that plugins use."""

from __future__ import annotations

from attrs import AttrsInstance, fields


def field_repr(item: AttrsInstance) -> str:
    """The class with its fields, as attrs shows it.

    The function that attrs makes for each class is the same, but to make them for all classes takes
    a noticeable part of a build in which nothing has changed.
    """
    shown = (
        f"{field.name}={getattr(item, field.name)!r}" for field in fields(type(item)) if field.repr
    )
    name = type(item).__qualname__.rpartition(">.")[2]
    return f"{name}({', '.join(shown)})"
