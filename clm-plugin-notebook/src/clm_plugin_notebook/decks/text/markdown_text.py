"""Markdown text of decks: its parser, and its headings."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from attrs import frozen

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_ATTRIBUTES = r"""(?:[^>"']|"[^"]*"|'[^']*')*"""
_ANY_TAG = re.compile(rf"<!--.*?-->|<{_ATTRIBUTES}>", re.S)
_HTML_HEADING = re.compile(rf"<!--.*?-->|<h([1-6])\b({_ATTRIBUTES})>(.*?)</h\1\s*>", re.S | re.I)
_ID = re.compile(r"""\sid\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_MAY_HAVE_HEADINGS = re.compile(r"#|<h[1-6]|^[ >]*(?:=+|-+)\s*$", re.M | re.I)
_SAFE_IN_IDS = "?/:@!$&'()*+,;="


@frozen(repr=False)
class Heading:
    """A heading in Markdown.

    `text` is without markup, on one line; maths and HTML entities are as on the page. `anchor` is
    the id of the heading on pages, as a link has it after the `#`: the text with `-` for each
    space, percent-encoded. If several headings of a page have the same, the second ends with
    `-2`, and so on. For a heading in HTML it is its `id`, or None. `line` counts from 1.
    """

    level: int
    text: str
    anchor: str | None
    line: int


def headings(text: str) -> tuple[Heading, ...]:
    """Return the headings of a Markdown text, in order, also those in HTML.

    A comment in a code block is none. Text without anything like a heading is not parsed.
    """
    return tuple(_headings(text)) if _MAY_HAVE_HEADINGS.search(text) else ()


def heading_anchor(html: str) -> str:
    """Return the id of a heading with this content, percent-encoded as in a link."""
    return quote(plain_text(html).replace(" ", "-"), safe=_SAFE_IN_IDS)


def plain_text(html: str) -> str:
    """Return the text of a piece of HTML."""
    return _unescaped(_ANY_TAG.sub("", html))


@cache
def parser() -> MarkdownIt:
    """Return the parser for all Markdown in decks; it is not to be changed."""
    # Imported here: most decks have a title that needs no parsing, and no links to headings.
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin

    from clm_plugin_notebook.decks.text.markdown_syntax.autolinks import add_autolinks
    from clm_plugin_notebook.decks.text.markdown_syntax.destinations import add_destinations
    from clm_plugin_notebook.decks.text.markdown_syntax.directives import add_directives
    from clm_plugin_notebook.decks.text.markdown_syntax.footnotes import add_footnotes
    from clm_plugin_notebook.decks.text.markdown_syntax.headings import add_tight_headings
    from clm_plugin_notebook.decks.text.markdown_syntax.html_lines import add_html_lines
    from clm_plugin_notebook.decks.text.markdown_syntax.maths import add_maths
    from clm_plugin_notebook.decks.text.markdown_syntax.myst import add_myst
    from clm_plugin_notebook.decks.text.markdown_syntax.tables import add_tables

    made = MarkdownIt("commonmark", {"html": True, "tasklists": True, "xhtmlOut": False})
    made.enable(["table", "strikethrough"])
    add_footnotes(made)
    made.use(deflist_plugin)
    add_autolinks(made)
    add_maths(made)
    add_destinations(made)
    add_tight_headings(made)
    add_html_lines(made)
    add_tables(made)
    add_directives(made)
    add_myst(made)
    return made


def _headings(text: str) -> list[Heading]:
    markdown = parser()
    renderer: Any = markdown.renderer
    env: dict[str, object] = {}
    tokens = markdown.parse(text, env)
    found: list[Heading] = []
    for number, token in enumerate(tokens):
        line = token.map[0] + 1 if token.map else 1
        if token.type == "heading_open":
            children = tokens[number + 1].children or []
            html = renderer.renderInline(children, markdown.options, env)
            shown = _on_one_line(plain_text(html))
            anchor = str(token.attrs.get("id") or heading_anchor(html))
            found.append(Heading(int(token.tag[1]), shown, anchor, line))
        elif token.type == "html_block":
            found += _html_headings(token, line)
    return found


def _html_headings(token: Token, line: int) -> list[Heading]:
    found = []
    for match in _HTML_HEADING.finditer(token.content):
        if match[1]:
            own = _ID.search(match[2])
            anchor = (
                quote(_unescaped(own[1] or own[2] or own[3]), safe=_SAFE_IN_IDS) if own else None
            )
            at = line + token.content.count("\n", 0, match.start())
            text = _on_one_line(plain_text(match[3]))
            found.append(Heading(int(match[1]), text, anchor, at))
    return found


def _unescaped(text: str) -> str:
    if "&" not in text:
        return text
    from html import unescape  # its tables are large, and few texts need them

    return unescape(text)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
