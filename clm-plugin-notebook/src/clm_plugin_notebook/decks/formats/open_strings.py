"""Strings that may go on behind some lines of code."""

from __future__ import annotations

import re
from collections.abc import Iterable

QUOTES = re.compile(r'"""|\'\'\'')


def may_be_in_string(lines: Iterable[str], comment: str) -> bool:
    """Whether the line behind these may be part of a string with triple quotes.

    It is as jupytext says, or true where that is hard to tell.
    """
    opened = ""
    for line in lines:
        if not opened and line.lstrip().startswith(comment):
            continue
        found = QUOTES.findall(line)
        if not found:
            continue
        if len({opened or found[0], *found}) > 1 or "\\" in line:
            return True
        if len(found) % 2:
            opened = "" if opened else found[0]
    return bool(opened)
