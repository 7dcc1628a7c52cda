"""File and folder names for texts, valid on every platform."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

_MAX_CHARACTERS = 150
# File systems allow 255 bytes per name; the rest is for a number and a suffix.
_MAX_BYTES = 220

_TITLE = str.maketrans("{}[]" + r"/\$#%&<>*=^€|", "()()" + "_" * 13, ";!?\"'`.:")
_FOLDER = str.maketrans(r"/\<>*|", "_" * 6, '?":')
RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3]) *(?=\.|$)",
    re.IGNORECASE,
)


# The names of a course recur in the paths of all outputs.
@lru_cache(maxsize=10_000)
def sanitize(text: str) -> str:
    """Return the file name, without suffix, for a title; never empty, idempotent.

    The names are those of earlier versions: `C#` becomes `CSharp`, brackets
    become round, each of ``/ \\ $ # % & < > * = ^ € |`` becomes `_`, and ``; ! ? " ' ` . :``
    are removed. Other text that some platform cannot store is replaced or cut.
    """
    return _clean(text.replace("C#", "CSharp"), _TITLE)


@lru_cache(maxsize=10_000)
def sanitize_folder(text: str) -> str:
    """Return the name for a folder that the author named as such: keeps dots and most marks."""
    return _clean(text, _FOLDER)


def _clean(text: str, table: Mapping[int, int | None]) -> str:
    # One step may undo another: cutting can leave a space at the end, deleting can join a letter
    # and an accent. Only the mark on a reserved name makes a text longer, and it is not removed.
    while (name := _step(text, table)) != text:
        text = name
    return name


def _step(text: str, table: Mapping[int, int | None]) -> str:
    name = unicodedata.normalize("NFC", text)
    name = "".join(map(_storable, name)).translate(table)
    name = _cut(name.strip()).rstrip(" .")
    if match := RESERVED.match(name):
        name = f"{match.group().rstrip()}_{name[match.end() :]}"
    return name or "_"


def _storable(character: str) -> str:
    """The character; a space for line breaks and tabs, `_` for surrogates and unassigned ones.

    Other control characters are dropped.
    """
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " " if character.isspace() else ""
    return "_" if category in ("Cs", "Cn") else character


def _cut(name: str) -> str:
    encoded = name[:_MAX_CHARACTERS].encode()[:_MAX_BYTES]
    return encoded.decode(errors="ignore")
