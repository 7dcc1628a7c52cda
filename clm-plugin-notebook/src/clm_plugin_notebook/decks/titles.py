"""Titles of decks, and the file names derived from them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from clm_plugin_notebook.decks.hiding_tags import HIDING_TAGS, meant_as
from clm_plugin_notebook.decks.macros import keywords
from clm_plugin_notebook.decks.regions import without_regions

_STRING = r"""(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
_CALL = re.compile(r"\{\{[-+]?\s*header(?:_(\w+))?\s*\(")
_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t#]*$", re.M)
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


def find_titles(
    text: str, languages: Iterable[str], default: str, comment: str = "#"
) -> Mapping[str, str]:
    """Return the title of a deck in each language, from calls of `header`, `header_de` and so on.

    A language without a title gets the first title of the deck, or `default` if the deck has
    none. `comment` is the token that the lines of a long call may start with.
    """
    argument = _argument(comment)
    found: dict[str, str] = {}
    for call in _CALL.finditer(text):
        for name, title in _arguments(text, call.end(), argument).items():
            found.setdefault(call[1] or name, title)
    return _for_languages(found, languages, default)


def notebook_titles(
    notebook: Mapping[str, Any], languages: Iterable[str], default: str
) -> Mapping[str, str]:
    """Return the title of a Jupyter notebook in each language.

    It is taken from the notebook's metadata (a string, or strings by language), else from the
    first level-1 heading in the language, else it is `default`.
    """
    codes = tuple(languages)
    title = notebook.get("metadata", {}).get("title")
    if isinstance(title, str):
        return dict.fromkeys(codes, title)
    if isinstance(title, dict):
        return _for_languages(_by_keyword(title), codes, default)
    return {code: _heading(notebook, code) or default for code in codes}


def _by_keyword(titles: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: str(titles[code]) for name, code in keywords(titles).items()}


def _heading(notebook: Mapping[str, Any], language: str) -> str:
    for cell in notebook["cells"]:
        if cell.get("cell_type") == "markdown" and _is_for_all(cell.get("metadata", {}), language):
            source = without_regions("".join(cell.get("source", "")))
            heading = _HEADING.search(source)
            if heading is not None:
                return heading[1]
    return ""


def _is_for_all(metadata: Mapping[str, Any], language: str) -> bool:
    """Whether every audience in the language sees the cell: its title names files of all kinds."""
    slideshow, tags = metadata.get("slideshow"), metadata.get("tags")
    hides = (
        tag in HIDING_TAGS or meant_as(str(tag))
        for tag in (tags if isinstance(tags, list) else [tags] * bool(tags))
    )
    is_note = isinstance(slideshow, Mapping) and slideshow.get("slide_type") == "notes"
    is_open = not is_note and "nbgrader" not in metadata and not any(hides)
    return is_open and metadata.get("lang", language) == language


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
