"""Footnotes that are used in other cells, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from clm_plugin_notebook.decks.text.markdown_syntax.remarks import add_remark

_DEFINITION = re.compile(
    r"^ {0,3}\[\^([^\]\s]+)\]:[^\n]*"
    r"(?:\n(?![ \t]*(?:\n|\Z)| {0,3}\[\^)[^\n]+|\n(?:[ \t]*\n)+(?: {4}|\t)[^\n]+)*",
    re.M,
)
_REFERENCE = re.compile(r"\[\^([^\]\s]+)\](?!:)")
_CODE = re.compile(
    r"^( *)(`{3,}|~{3,})[^\n]*\n.*?^\1\2[ \t]*$|(`+)(?!`).+?(?<!`)\3(?!`)", re.S | re.M
)


def add_footnotes(parser: MarkdownIt) -> None:
    """Let a parser read footnotes, and keep the text of those that are used nowhere."""
    parser.use(footnote_plugin, inline=False)
    parser.core.ruler.before("footnote_tail", "unused_footnotes", _unused)


def with_footnotes(texts: Sequence[str]) -> list[str]:
    """Return the Markdown texts of a page, each with the footnotes that it refers to.

    A footnote that only other cells refer to is moved there. The numbers of lines stay.
    """
    if not any("[^" in text for text in texts):
        return list(texts)
    plain = [_CODE.sub(_blank, text) for text in texts]
    found = [{m[1]: m.span() for m in _DEFINITION.finditer(text)} for text in plain]
    used = [set(_REFERENCE.findall(text)) for text in plain]
    written = {
        name: text[start:end]
        for text, names in zip(texts, found, strict=True)
        for name, (start, end) in names.items()
    }
    result = []
    for number, text in enumerate(texts):
        others = set().union(*(names for n, names in enumerate(used) if n != number))
        for name, (start, end) in reversed(found[number].items()):
            if name in others - used[number]:
                text = text[:start] + re.sub(r"[^\n]", "", text[start:end]) + text[end:]
        missing = [name for name in written if name in used[number] - found[number].keys()]
        result.append("\n\n".join([text, *(written[name] for name in missing)]))
    return result


def _blank(code: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", code[0])


def _unused(state: StateCore) -> None:
    """Show the text of a footnote that nothing refers to where it is written."""
    refs = state.env.get("footnotes", {}).get("refs", {})
    open_unused: list[bool] = []
    label = ""  # to be written before the next text
    for token in state.tokens:
        if token.type == "footnote_reference_open":
            open_unused.append(refs.get(f":{token.meta['label']}", -1) < 0)
            if open_unused[-1]:
                label = token.meta["label"]
                _report_unused(state, token, label)
                token.type, token.tag, token.block = "unused_footnote_open", "div", True
                token.attrs = {"class": "unused_footnote"}
        elif token.type == "footnote_reference_close":
            if open_unused.pop():
                token.type, token.tag, token.block = "unused_footnote_close", "div", True
        elif token.type == "inline" and label and token.children is not None:
            token.children.insert(0, Token("text", "", 0, content=f"[{label}] "))
            label = ""


def _report_unused(state: StateCore, token: Token, label: str) -> None:
    line = token.map[0] if token.map else 0
    hint = f"refer to it by `[^{label}]` in the text"
    add_remark(state.env, line, f"the footnote `[^{label}]` is used nowhere", hint)
