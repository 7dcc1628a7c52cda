"""Paths that are not UTF-8: old archives have such names, and no database or page can hold them."""

from __future__ import annotations

import os
from pathlib import Path


def is_utf8(path: str | Path) -> bool:
    """Whether a name or path from the system is UTF-8."""
    text = str(path)
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def printable(path: str | Path) -> str:
    """The name or path in quotes, with its bytes that are no text as in `'\\xfc'`."""
    return repr(os.fsencode(path))[1:]
