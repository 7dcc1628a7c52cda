"""Titles from the command line, and file names derived from them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

from clm.errors import UsageError

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe"})
_LANGUAGE = re.compile(r"([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)=(.*)", re.S)
_MAX_CHARACTERS = 60


def titles_by_language(words: Sequence[str], languages: Sequence[str]) -> dict[str, str]:
    """A title for each language, from `Title` or from `de=Titel`, `en=Title`.

    A language without its own title gets the first one that is given.

    Raises:
        UsageError: there is none, or more than one for a language.
    """
    found: dict[str, str] = {}
    for word in words:
        language, title = _parsed(word, languages)
        if language in found:
            raise UsageError(
                f"several titles given: {found[language]!r} and {title!r}",
                hint='put one title in quotes ("My Title"), or give the language of each '
                f"({languages[0]}={title!r})",
            )
        found[language] = title
    if not found:
        raise UsageError("no title given", hint='give one, such as "My Title"')
    fallback = found.get("") or next(iter(found.values()))
    return {language: found.get(language, fallback) for language in languages}


def slug(title: str) -> str:
    """A title as part of file names: lower case, ASCII, words joined by `_`."""
    text = unicodedata.normalize("NFC", title).lower().translate(_UMLAUTS)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", text)
    return "_".join(words)[:_MAX_CHARACTERS].rstrip("_")


def cleaned(title: str) -> str:
    """A title on one line, without whitespace at its ends.

    Raises:
        UsageError: it is empty or has unprintable characters.
    """
    text = " ".join(title.split())
    if not text or not text.isprintable():
        raise UsageError(f"invalid title: {title!r}", hint="give a text of printable characters")
    return text


def _parsed(word: str, languages: Collection[str]) -> tuple[str, str]:
    match = _LANGUAGE.fullmatch(word)
    if match is None:
        return "", cleaned(word)
    if match[1] not in languages:
        raise UsageError(
            f"{match[1]!r} in {word!r} is not a language of the course",
            hint=f"its languages: {', '.join(languages)}",
        )
    return match[1], cleaned(match[2])
