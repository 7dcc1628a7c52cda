"""Lines of Markdown that a block rule may take."""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock


def match_line(state: StateBlock, start: int, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """Return the match of a whole line, without its indentation; None in indented code."""
    position = state.bMarks[start] + state.tShift[start]
    if state.is_code_block(start):
        return None
    return pattern.fullmatch(state.src, position, state.eMarks[start])
