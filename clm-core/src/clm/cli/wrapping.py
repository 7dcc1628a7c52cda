"""Fitting messages to the terminal; what does not go to one keeps its lines."""

from __future__ import annotations

import shutil
import sys
import textwrap

_LEAST = 40  # in a narrower terminal nothing reads well


def terminal_width() -> int | None:
    """The columns of the terminal that stderr goes to; None where it goes elsewhere."""
    if not sys.stderr.isatty():
        return None
    return max(shutil.get_terminal_size().columns, _LEAST)


def wrapped(text: str, width: int | None, *, first: int, indent: str) -> str:
    """The text with `indent` before each line but the first, which begins in column `first`.

    Lines are broken between words only, so that paths and commands can be copied.
    """
    lines = text.split("\n")
    if width is not None:
        starts = [" " * first, *[indent] * (len(lines) - 1)]
        broken = [
            textwrap.wrap(
                line,
                width,
                initial_indent=start,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
            for line, start in zip(lines, starts, strict=True)
        ]
        lines = [line.strip() for part in broken for line in (part or [""])]
    return f"\n{indent}".join(lines)


def tail(text: str, room: int) -> str:
    """The end of a text that has no more room, which tells more of a path than its beginning."""
    return text if len(text) <= room else "…" + text[len(text) - max(room - 1, 0) :]
