"""The titles of decks, and the file names made of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

_STRING = r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
# A call may span lines, each of which may start with a comment token.
_GAP = r"(?:\s|^[ \t]*(?:\#|//)[ \t])*"
_CALL = r"\{\{[-+]?\s*"
_BOTH = re.compile(
    rf"{_CALL}header\s*\({_GAP}{_STRING}{_GAP},{_GAP}{_STRING}{_GAP},?{_GAP}\)", re.M
)
_ONE = re.compile(rf"{_CALL}header_(de|en)\s*\({_GAP}{_STRING}{_GAP},?{_GAP}\)", re.M)

_REPLACEMENTS = str.maketrans(
    {
        **dict(zip("{}[]", "()()", strict=True)),
        **dict.fromkeys(r"/\$#%&<>*=^€|", "_"),
        **dict.fromkeys(";!?\"'`.:", ""),
    }
)
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( |$)", re.I)
# Leaves room for the number, the suffix and a temporary name in the 255 bytes of a file name.
_MAX_BYTES = 160


def find_titles(text: str, languages: Iterable[str], default: str) -> Mapping[str, str]:
    """The title of a deck in each language, from its `header`, `header_de` or `header_en` call.

    A language that the deck has no title for gets the first title there is, and `default`
    where there is none.
    """
    found: dict[str, str] = {}
    if match := _BOTH.search(text):
        found = {"de": _unquote(match[1]), "en": _unquote(match[2])}
    else:
        for match in _ONE.finditer(text):
            found.setdefault(match[1], _unquote(match[2]))
    fallback = next(iter(found.values()), default)
    return {language: found.get(language, fallback) for language in languages}


def file_name(title: str, default: str) -> str:
    """A title as a file name (without suffix) that all platforms take.

    `default` is used, in the same way, for a title of which nothing is left.
    """
    return _sanitized(title) or _sanitized(default) or "untitled"


def _sanitized(title: str) -> str:
    text = unicodedata.normalize("NFC", title).replace("C#", "CSharp").translate(_REPLACEMENTS)
    text = "".join(c if c.isprintable() else " " for c in text)
    text = _shortened(" ".join(text.split()))
    return f"_{text}" if _RESERVED.match(text) else text


def _shortened(text: str) -> str:
    return text.encode()[:_MAX_BYTES].decode(errors="ignore").rstrip(" .")


def _unquote(literal: str) -> str:
    return re.sub(r"\\(.)", r"\1", literal[1:-1])
