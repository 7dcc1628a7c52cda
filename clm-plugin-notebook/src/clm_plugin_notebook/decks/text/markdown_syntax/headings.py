"""Headings without a blank after the `#`."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from clm_plugin_notebook.decks.text.markdown_syntax.lines import match_line

_HEADING = re.compile(r"(#{1,6})([^#\s].*?)(?:[ \t]+#+)?[ \t]*")


def add_tight_headings(parser: MarkdownIt) -> None:
    """Let a parser take `#Title` for a heading, as Jupyter's own pages do."""
    parser.block.ruler.after(
        "heading", "tight_heading", _heading, {"alt": ["paragraph", "reference", "blockquote"]}
    )


def _heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    match = match_line(state, start, _HEADING)
    if match is None:
        return False
    if silent:
        return True
    state.line = start + 1
    tag = f"h{len(match[1])}"
    token = state.push("heading_open", tag, 1)
    token.markup, token.map = match[1], [start, state.line]
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = match[2], [start, state.line], []
    state.push("heading_close", tag, -1).markup = match[1]
    return True
