"""Lines that consist of a picture or line break in XHTML."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, html_block

_TAG = re.compile(r"<(?:img|br|wbr|input)\b[^<>]*/>[ \t]*", re.I)


def add_html_lines(parser: MarkdownIt) -> None:
    """Let a parser take a line such as `<img src="a.png" />` for a paragraph.

    By CommonMark it starts a block of HTML up to the next blank line, in which pictures stand
    side by side and Markdown is text. Pages have always had paragraphs there.
    """
    parser.block.ruler.at("html_block", _html, {"alt": ["paragraph", "reference", "blockquote"]})


def _html(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    position = state.bMarks[start] + state.tShift[start]
    if _TAG.fullmatch(state.src, position, state.eMarks[start]):
        return False
    return html_block(state, start, end, silent)
