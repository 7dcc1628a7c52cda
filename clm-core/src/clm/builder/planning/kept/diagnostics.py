"""Diagnostics as plain data, for files that may be lost or damaged."""

from __future__ import annotations

from typing import Any

from clm.errors import Diagnostic, Place, Severity


def dumped_diagnostic(diagnostic: Diagnostic) -> list[Any]:
    """The diagnostic as plain data.

    Raises:
        ValueError: a text has surrogates, of which JSON makes one character.
    """
    place = diagnostic.place
    where = [place.file, place.line, place.column, place.cell] if place else None
    own = (diagnostic.hint, diagnostic.excerpt, diagnostic.details)
    texts = (diagnostic.message, *own, *(where or ()))
    for text in texts:
        if isinstance(text, str):
            text.encode()
    return [diagnostic.message, diagnostic.severity.value, where, *own]


def loaded_diagnostic(data: Any) -> Diagnostic:
    """The diagnostic in such data, which may be damaged.

    Raises:
        TypeError, ValueError: it is.
    """
    message, severity, where, hint, excerpt, details = data
    place = None
    if where is not None:
        file, line, column, cell = where
        place = Place(_text(file), _number(line), _number(column), _optional(cell))
    return Diagnostic(
        _text(message),
        Severity(severity),
        place,
        _optional(hint),
        _optional(excerpt),
        _optional(details),
    )


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError("not a text")
    return value


def _optional(value: Any) -> str | None:
    return None if value is None else _text(value)


def _number(value: Any) -> int | None:
    if value is not None and type(value) is not int:
        raise TypeError("not a number")
    return value
