r"""Maths in Markdown: `$...$`, `$$...$$`, `\(...\)`, `\[...\]` and LaTeX environments.

Text inside is left alone, so that its `_` and `*` are no emphasis.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

# Text between two of these may have blank lines. As in Jupyter, `\\(` is the same as `\(`.
_DISPLAY = re.compile(
    r"\$\$(?P<dollars>(?:\\.|[^$\\]|\$(?!\$))*?)\$\$"
    r"|\\begin\{(?P<name>[A-Za-z]+\*?)\}.*?\\end\{(?P=name)\}"
    r"|\\\\\[.*?\\\\\]|\\\[(?!\]).*?\\\]",
    re.S,
)
_INLINE = re.compile(
    r"\$(?P<dollar>(?:\\.|[^$\\])+)\$(?![$\d])|\\\\\((?P<double>.*?)\\\\\)|\\\((?P<single>.*?)\\\)",
    re.S,
)
_OPENING = re.compile(r"[ \t]*(?:\$\$|\\begin\{|\\\\\[|\\\[)")
# An amount in words, such as `$5 to 10$`.
_MONEY = re.compile(r"\d[\d.,]*\s+[^\W\d_]{2,}\s[^\\^_={}]*")
_AFTER_AMOUNT = re.compile(r"\d\s?\Z")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_TEX = re.compile(r"[\\^_={}]")
_WORD = re.compile(r"[^\W\d_]{3,}")
_DOLLAR = '<span class="tex2jax_ignore">$</span>'


def add_maths(parser: MarkdownIt) -> None:
    """Let a parser leave maths as it is; other dollar signs are marked as text."""
    parser.block.ruler.before(
        "fence", "maths", _block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.inline.ruler.before("escape", "maths", _inline)
    parser.add_render_rule("maths", _render)
    parser.add_render_rule("dollar", _render_dollar)


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Keep maths that start a line together, across blank lines, as a paragraph."""
    position = state.bMarks[start] + state.tShift[start]
    if state.src[position : position + 1] not in ("$", "\\") or state.is_code_block(start):
        return False
    text = state.getLines(start, end, state.blkIndent, False)
    if not _OPENING.match(text):
        return False
    match = _DISPLAY.match(text, len(text) - len(text.lstrip()))
    if match is None or not _is_maths(text, match):
        return False
    # Without blank lines inside, maths may be part of a paragraph.
    divided = _BLANK_LINE.search(match[0]) is not None
    stop = (text + "\n").index("\n", match.end())
    if not divided and (silent or text[match.end() : stop].strip(" \t.,;:")):
        return False
    if silent:
        return True
    state.line = start + text.count("\n", 0, match.end()) + 1
    token = state.push("paragraph_open", "p", 1)
    token.map = [start, state.line]
    token = state.push("inline", "", 0)
    token.content, token.map, token.children = text[:stop].strip(), [start, state.line], []
    state.push("paragraph_close", "p", -1)
    return True


def _inline(state: StateInline, silent: bool) -> bool:
    source, position = state.src, state.pos
    if source[position] not in "$\\":
        return False
    if source.startswith("\\$", position) and position + 1 < state.posMax:
        state.pos += 1
        return _plain_dollar(state, silent)
    match = _DISPLAY.match(source, position) or _INLINE.match(source, position)
    if match is None or match.end() > state.posMax or not _is_maths(source, match):
        return source[position] == "$" and _plain_dollar(state, silent)
    if not silent:
        token = state.push("maths", "", 0)
        token.content = _as_jupyter(match)
    state.pos = match.end()
    return True


def _is_maths(source: str, match: re.Match[str]) -> bool:
    text = match[0]
    if text.startswith("\\"):
        return text.startswith((r"\begin", "\\\\")) or _is_tex(text[1], text[2:-2])
    content = match.groupdict().get("dollar")
    if content is None:
        return True
    if not content.strip() or _MONEY.fullmatch(content):
        return False
    before = source[max(0, match.start() - 2) : match.start()]
    return not (content[0].isspace() and _AFTER_AMOUNT.search(before))


def _is_tex(bracket: str, text: str) -> bool:
    r"""Whether `\(` or `\[` starts maths; the backslash may also escape a bracket."""
    if _TEX.search(text) or (text[:1].isspace() and text[-1:].isspace()):
        return True
    return bracket == "(" and not _WORD.search(text)


def _plain_dollar(state: StateInline, silent: bool) -> bool:
    if not silent:
        state.push("dollar", "", 0).content = "$"
    state.pos += 1
    return True


def _as_jupyter(match: re.Match[str]) -> str:
    text = match[0]
    if text.startswith(r"\\["):
        return f"$${text[3:-3]}$$"
    if text.startswith(r"\\("):
        return f"${text[3:-3]}$"
    return text


def _render(_: Any, tokens: Sequence[Token], index: int, *__: Any) -> str:
    return escape(tokens[index].content, quote=False)


def _render_dollar(*_: Any) -> str:
    # MathJax would take two dollar signs in one piece of text for maths.
    return _DOLLAR
