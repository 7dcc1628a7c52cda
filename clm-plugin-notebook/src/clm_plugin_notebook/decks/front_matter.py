"""The kernel and the title that the YAML header of a text deck declares.

Only jupytext's own layout is read: a header is not parsed as YAML, since planning reads the
headers of all decks in every build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_INLINE = re.compile(r"[{,]\s*([\w-]+):\s*([^,{}]*)")
_KEY = re.compile(r"(\s*)([\w-]+):\s*(.*)")


def declared_kernel(text: str, comment: str = "") -> Mapping[str, str]:
    """Return the entries of `kernelspec`, such as `name` and `language`; empty without a header.

    `comment` is the token before each line of the header in a script.
    """
    lines = iter(_header(text, comment))
    for line in lines:
        match = _KEY.fullmatch(line)
        if match and match[2] == "kernelspec":
            inline = {key: _unquoted(value) for key, value in _INLINE.findall(match[3])}
            return inline or dict(_entries(lines, len(match[1])))
    return {}


def declared_title(text: str, comment: str = "") -> str | Mapping[str, str]:
    """Return the title, or the titles by language; empty if there is none.

    Of a text over several lines only the first is read.
    """
    lines = iter(_header(text, comment))
    for line in lines:
        match = _KEY.fullmatch(line)
        if match is None or match[1] or match[2] != "title":
            continue
        value = match[3].strip()
        if value.startswith("{"):
            return {key: _unquoted(text) for key, text in _INLINE.findall(value)}
        if not value:
            return dict(_entries(lines, 0))
        if value[0] in "|>":
            return next(lines, "").strip()
        return value[1:-1] if value[0] in "\"'" and value[0] == value[-1] else value
    return {}


def _header(text: str, comment: str) -> Iterator[str]:
    prefix = f"{comment} " if comment else ""
    if not text.startswith(f"{prefix}---"):
        return
    for line in text.split("\n")[1:]:
        if not line.startswith(comment) or line.rstrip() == f"{prefix}---":
            return
        yield line.removeprefix(comment).removeprefix(" " if comment else "")


def _entries(lines: Iterator[str], indent: int) -> Iterator[tuple[str, str]]:
    for line in lines:
        match = _KEY.fullmatch(line)
        if match is None or len(match[1]) <= indent:
            return
        yield match[2], _unquoted(match[3])


def _unquoted(value: str) -> str:
    return value.strip().strip("\"'")
