"""The format, the kernel and the title that the YAML header of a text deck declares.

Only jupytext's own layout is read: a header is not parsed as YAML, since planning reads the
headers of all decks in every build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_INLINE = re.compile(r"[{,]\s*([\w-]+):\s*([^,{}]*)")
_FIRST_LINE = re.compile(r"#!|.{0,3}\s*-\*-.*\bcoding\b|# vim?:")
_KEY = re.compile(r"(\s*)([\w-]+):\s*(.*)")


def declared_format(text: str, comment: str = "") -> str:
    """Return the name of the format in jupytext, empty if none is declared.

    `comment` is the token before each line of the header in a script.
    """
    for line in header_lines(text, comment):
        match = _KEY.fullmatch(line)
        if match and match[2] == "format_name":
            return _unquoted(match[3])
    return ""


def declared_kernel(text: str, comment: str = "") -> Mapping[str, str]:
    """Return the entries of `kernelspec`, such as `name` and `language`; empty without a header.

    `comment` is as for `declared_format`.
    """
    lines = iter(header_lines(text, comment))
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
    lines = iter(header_lines(text, comment))
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


def header_lines(text: str, comment: str = "") -> list[str]:
    """Return the lines between the dashes of the header; none if it is not closed."""
    lines = text.split("\n")
    start, end = _extent(lines, comment)
    prefix = f"{comment} " if comment else ""
    found = (line.removeprefix(comment) for line in lines[start + 1 : end])
    return [line.removeprefix(" ") if prefix else line for line in found]


def after_header(text: str, comment: str = "") -> str:
    """Return the text behind the header, the whole text if it has none."""
    lines = text.split("\n")
    start, end = _extent(lines, comment)
    return "\n".join(lines[end + 1 :]) if end > start else text


def _extent(lines: list[str], comment: str) -> tuple[int, int]:
    """Return the indexes of the lines of dashes, equal ones without a header."""
    dashes = f"{comment} ---" if comment else "---"
    start = 0
    # In a script, the system's and the editor's lines come before it.
    while comment and start < len(lines) and _FIRST_LINE.match(lines[start]):
        start += 1
    if start >= len(lines) or lines[start].rstrip() != dashes:
        return 0, 0
    for end in range(start + 1, len(lines)):
        if lines[end].rstrip() == dashes:
            return start, end
        if not lines[end].startswith(comment):
            break
    return 0, 0


def _entries(lines: Iterator[str], indent: int) -> Iterator[tuple[str, str]]:
    for line in lines:
        match = _KEY.fullmatch(line)
        if match is None or len(match[1]) <= indent:
            return
        yield match[2], _unquoted(match[3])


def _unquoted(value: str) -> str:
    return value.strip().strip("\"'")
