"""Titles of decks, and the file names derived from them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from clm_plugin_notebook.decks.macros import keywords
from clm_plugin_notebook.decks.text.markdown_text import headings

_STRING = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
_CALL = re.compile(r"\{\{[-+]?\s*header(?:_(\w+))?\s*\(")
# What is surely the first thing in a cell, and has no markup; everything else is parsed.
_PLAIN_HEADING = re.compile(r"\s*?^#[ \t]+([^\W_][^\n#*_`\[\]<>&$\\{}~^|]*)(?:\n|\Z)", re.M)
_MATHS = re.compile(r"\$(?=\S)([^$\n]+)(?<=\S)\$(?!\d)")
_MAY_BE_HEADING = re.compile(r"^[ \t>]*(?:#[^#]|=+[ \t]*$)|<h1", re.M | re.I)
_POSITIONAL = ("de", "en")

_REPLACEMENTS = str.maketrans(
    {
        **dict(zip("{}[]", "()()", strict=True)),
        **dict.fromkeys(r"/\$#%&<>*=^€|", "_"),
        **dict.fromkeys(";!?\"'`.:", ""),
    }
)
_LINE_END = re.compile(r" *\n[ \n]*")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( |$)", re.I)
# Leaves room for the number, the suffix and a temporary name in the 255 bytes of a file name.
_MAX_BYTES = 160


def called_titles(
    text: str, languages: Iterable[str], default: str, comment: str = "#"
) -> Mapping[str, str]:
    """Return the title of a deck in each language, from calls of `header`, `header_de` and so on.

    A language without a title gets the first title of the deck, or `default` if no call can be
    read. The result is empty if there is no call. `comment` is the token that the lines of a long
    call may start with.
    """
    argument = _argument(comment)
    found: dict[str, str] = {}
    is_called = False
    for call in _CALL.finditer(text):
        is_called = True
        for name, title in _arguments(text, call.end(), argument).items():
            found.setdefault(call[1] or name, title)
    return _for_languages(found, languages, default) if is_called else {}


def declared_titles(title: object, languages: Iterable[str], default: str) -> Mapping[str, str]:
    """Return the title in each language from metadata: a string, or strings by language.

    The result is empty if it is neither.
    """
    codes = tuple(languages)
    if isinstance(title, str) and title.strip():
        return dict.fromkeys(codes, title.strip())
    if isinstance(title, dict) and title:
        names = {name: str(title[code]) for name, code in keywords(map(str, title)).items()}
        return _for_languages(names, codes, default)
    return {}


def may_have_title(source: str) -> bool:
    """Whether a level-1 heading is possible in the Markdown; costs little."""
    return _MAY_BE_HEADING.search(source) is not None


@lru_cache(64)  # most cells are the same in all languages
def first_heading(source: str) -> str | None:
    """Return the text of the first level-1 heading in Markdown, None if there is none."""
    if plain := _PLAIN_HEADING.match(source):
        return " ".join(plain[1].split())
    if not may_have_title(source):
        return None
    found = (_MATHS.sub(r"\1", h.text) for h in headings(source) if h.level == 1)
    return next((text for text in found if text), None)


def _argument(comment: str) -> re.Pattern[str]:
    """Return a pattern for an argument of a call, up to the next argument or the end."""
    gap = rf"(?:\s|^[ \t]*{re.escape(comment)}[ \t])*"
    return re.compile(rf"{gap}(?:(\w+){gap}={gap})?({_STRING}){gap}(?:,{gap}|(?=\)))", re.M)


def _arguments(text: str, start: int, argument: re.Pattern[str]) -> dict[str, str]:
    """Return the arguments of a call by language; empty unless all are string literals."""
    positional = iter(_POSITIONAL)
    found: dict[str, str] = {}
    while match := argument.match(text, start):
        name = match[1].removeprefix("title_") if match[1] else next(positional, None)
        if name is None:
            return {}
        found[name] = _unquote(match[2])
        start = match.end()
    return found if text.startswith(")", start) else {}


def _for_languages(
    found: Mapping[str, str], languages: Iterable[str], default: str
) -> Mapping[str, str]:
    fallback = next(iter(found.values()), default)
    by_code = {code: found.get(keyword) for keyword, code in keywords(languages).items()}
    return {code: fallback if title is None else title for code, title in by_code.items()}


@cache
def file_name(title: str) -> str:
    """Return a file name without suffix for a title, valid on all platforms; may be empty."""
    text = unicodedata.normalize("NFC", title).replace("C#", "CSharp").translate(_REPLACEMENTS)
    text = "".join(c if c.isprintable() else "\n" for c in text)
    # Double spaces are kept: existing courses have such files, and links to them.
    text = _shortened(_LINE_END.sub(" ", text).strip())
    return f"_{text}" if _RESERVED.match(text) else text


def _shortened(text: str) -> str:
    return text.encode()[:_MAX_BYTES].decode(errors="ignore").rstrip(" .")


def _unquote(literal: str) -> str:
    return re.sub(r"\\(.)", r"\1", literal[1:-1])
