"""Names and texts that are not UTF-8: no database or page can hold them.

Old archives have such names; in Python, each of their bytes is half of a surrogate pair.
"""

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


def escaped(text: str) -> str:
    """The text, with halves of surrogate pairs, which are no characters, as in `\\udcfc`."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()
