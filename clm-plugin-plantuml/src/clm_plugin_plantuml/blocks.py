"""Diagrams of a source: its blocks from @start to @end, and the number of pages of each.

The planner counts the pictures before Java runs, so this follows PlantUML's reading of the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Line = TypeVar("Line")

_START = re.compile(r"\s*[@\\]start[^\s{}\"]", re.IGNORECASE)
_END = re.compile(r"\s*[@\\]end", re.IGNORECASE)
_NEW_PAGE = re.compile(r"\s*newpage(\s|$)", re.IGNORECASE)
_IGNORE_NEW_PAGE = re.compile(r"\s*ignore\s+newpage\s*$", re.IGNORECASE)


def split_blocks(lines: Iterable[Line], text: Callable[[Line], str] = str) -> Iterator[list[Line]]:
    """The lines of each block, from its @start to its @end; other lines are skipped."""
    block: list[Line] | None = None
    for line in lines:
        if _START.match(text(line)):
            block = []
        if block is None:
            continue
        block.append(line)
        if _END.match(text(line)):
            yield block
            block = None


def unclosed_blocks(lines: Iterable[str]) -> Iterator[int]:
    """The numbers, from 1, of the lines with a @start that has no @end."""
    start: int | None = None
    for number, line in enumerate(lines, start=1):
        if _START.match(line):
            if start is not None:
                yield start
            start = number
        elif _END.match(line):
            start = None
    if start is not None:
        yield start


def count_pictures(source: str) -> int:
    """The number of pictures in a text: one per block, and one more per `newpage`."""
    return sum(_pages(block) for block in split_blocks(without_comments(source).split("\n")))


def _pages(block: list[str]) -> int:
    if any(_IGNORE_NEW_PAGE.match(line) for line in block):
        return 1
    return 1 + sum(1 for line in block if _NEW_PAGE.match(line))


def without_comments(source: str) -> str:
    """The text with its comments blanked; lines keep their numbers.

    A comment is a line that begins with an apostrophe, or goes from /' to '/.
    """
    kept = []
    inside = False
    for line in source.split("\n"):
        if not inside and line.lstrip().startswith("'"):
            kept.append("")
            continue
        kept.append("")
        while line:
            before, found, line = line.partition("'/" if inside else "/'")
            if not inside:
                kept[-1] += before
            inside = inside != bool(found)
    return "\n".join(kept)


def picture_names(stem: str, suffix: str, count: int) -> tuple[str, ...]:
    """The pictures' names: `x.png` for the first, then `x_001.png`, `x_002.png` and so on."""
    return tuple(f"{stem}{f'_{n:03}' if n else ''}.{suffix}" for n in range(count))
