"""The kernel that the YAML header of a text deck declares.

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
