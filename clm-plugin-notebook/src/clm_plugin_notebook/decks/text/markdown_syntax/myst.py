"""Roles, targets, attributes and labels of MyST in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from clm_plugin_notebook.decks.text.markdown_syntax.lines import match_line
from clm_plugin_notebook.decks.text.markdown_syntax.remarks import add_remark

_TAGS = ("kbd", "sub", "sup")
# Roles that refer to other pages or add to an index: their text stands for itself.
_REFERENCES = frozenset(
    {
        *("abbr", "cite", "cite:alp", "cite:p", "cite:ps", "cite:t", "doc", "download", "eq"),
        *("index", "keyref", "numref", "ref", "term"),
    }
)
# The text of a reference before its target: `the loops <loops>`.
_TITLED = re.compile(r"(?P<text>.*?)\s*<[^<>]*>", re.S)
_TARGET = re.compile(r"[ ]{0,3}\((?P<name>[^()\s][^()\n]*)\)=[ \t]*")
_ATTRIBUTES = ("id", "class", "width", "height", "align")
# Sizes as Pandoc writes them, without the quotes that the parser of attributes needs.
_PERCENT = re.compile(r"(\)\{[^{}\n]*\b(?:width|height)=)([0-9.]+%)")
_HEADING_ID = re.compile(r"[ \t]*\{#(?P<id>[\w:.-]+)[^{}]*\}\s*")
_LABEL = re.compile(r"\s*\((?P<name>[\w:.-]+)\)\s*")


def add_myst(parser: MarkdownIt) -> None:
    """Let a parser read them; a role that is not supported stays as text, with a remark."""
    parser.use(myst_role_plugin)
    parser.use(attrs_plugin, allowed=_ATTRIBUTES)
    parser.block.ruler.before("paragraph", "myst_target", _target)
    parser.core.ruler.before("block", "myst_percent", _quote_percent)
    parser.core.ruler.push("myst", _finish)


def _target(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    match = match_line(state, start, _TARGET)
    if match is None:
        return False
    if not silent:
        state.line = start + 1
        token = state.push("html_block", "", 0)
        token.content, token.map = f"{_anchor(match['name'])}\n", [start, state.line]
    return True


def _anchor(name: str) -> str:
    return f'<span id="{escape(name)}"></span>'


def _quote_percent(state: StateCore) -> None:
    if "%" in state.src and "){" in state.src:
        state.src = _PERCENT.sub(r'\1"\2"', state.src)


def _finish(state: StateCore) -> None:
    for number, token in enumerate(state.tokens):
        if token.type != "inline" or not token.children:
            continue
        if number and state.tokens[number - 1].type == "heading_open":
            _move_id(state.tokens[number - 1], token.children)
        line = token.map[0] if token.map else 0
        if any(child.type == "myst_role" for child in token.children):
            token.children = list(_with_roles(token.children, state, line))
        token.children = _with_label(token.children)


def _move_id(heading: Token, children: Sequence[Token]) -> None:
    last = children[-1]
    match = re.search(_HEADING_ID.pattern + r"\Z", last.content) if last.type == "text" else None
    if match:
        last.content = last.content[: match.start()]
        heading.attrSet("id", match["id"])


def _with_roles(children: Sequence[Token], state: StateCore, line: int) -> Iterator[Token]:
    for child in children:
        if child.type == "myst_role":
            yield from _role(child, state, line)
        else:
            yield child


def _role(token: Token, state: StateCore, line: int) -> Iterator[Token]:
    name, text = str(token.meta["name"]), token.content
    if name == "math":
        yield Token("maths", "", 0, content=f"${text}$")
    elif name in _TAGS:
        yield Token(f"{name}_open", name, 1)
        yield Token("text", "", 0, content=text)
        yield Token(f"{name}_close", name, -1)
    elif name in _REFERENCES:
        titled = _TITLED.fullmatch(text)
        yield Token("text", "", 0, content=(titled and titled["text"]) or text)
    else:
        yield Token("text", "", 0, content=f"{{{name}}}")
        yield Token("code_inline", "code", 0, content=text, markup="`")
        message = f"the role `{{{name}}}` is unknown; it stays as text"
        add_remark(state.env, line, message, "write a link, `code` or plain text")


def _with_label(children: list[Token]) -> list[Token]:
    """Return a formula with its label as an anchor: `$$a=1$$ (label)`."""
    if len(children) == 2 and children[0].content.startswith("$$") and children[0].type == "maths":
        match = _LABEL.fullmatch(children[1].content)
        if match and children[1].type == "text":
            return [Token("html_inline", "", 0, content=_anchor(match["name"])), children[0]]
    return children
