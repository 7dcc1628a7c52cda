"""Cells of scripts in percent format, found by their headers alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import field, frozen

from clm_plugin_notebook.decks.formats.open_strings import QUOTES, may_be_in_string

_TYPE = r"\[\s*(?:markdown|md|raw|code)\s*\]"


@frozen(repr=False)
class PercentCell:
    """A cell: the attributes in its header, None before the first header, and its other lines.

    It is not `certain` if it has a line that may be a header of its own or part of a string.
    """

    header: str | None
    lines: list[str] = field(factory=list)
    certain: bool = True


def percent_header(comment: str) -> re.Pattern[str]:
    """Return a pattern for the lines that are cell headers after this comment token.

    The attributes are in its group `spaced` or `glued`.
    """
    return re.compile(
        rf"\s*{re.escape(comment)}\s*(?:%%+(?:\s+(?P<spaced>.*)|(?P<glued>{_TYPE}.*))?"
        rf"|<codecell>|In\[[0-9 ]*\]:?)\s*"
    )


def percent_cells(lines: Sequence[str], comment: str) -> list[PercentCell]:
    """Return the cells of a script, for planning, which does without jupytext."""
    pattern = percent_header(comment)
    has_strings = any(QUOTES.search(line) for line in lines)
    found = [PercentCell(None)]
    for line in lines:
        match = pattern.fullmatch(line) if "%%" in line or "In[" in line or "<" in line else None
        last = found[-1]
        if match is None:
            last.lines.append(line)
        elif has_strings and may_be_in_string(last.lines, comment):
            # Then the line is text of the cell before, which goes on behind it.
            found[-1] = PercentCell(last.header, [*last.lines, line], certain=False)
        else:
            found.append(PercentCell(match["spaced"] or match["glued"] or ""))
    return found
