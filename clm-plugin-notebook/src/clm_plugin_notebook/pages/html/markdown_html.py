"""HTML of Markdown text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from attrs import frozen
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from pygments.util import ClassNotFound

from clm_plugin_notebook.decks.text.markdown_syntax.remarks import (
    MarkdownRemark,
    add_remark,
    remarks_of,
)
from clm_plugin_notebook.decks.text.markdown_syntax.sizes import with_sizes
from clm_plugin_notebook.decks.text.markdown_text import heading_anchor, parser, plain_text
from clm_plugin_notebook.decks.text.script_links import without_script_links_in_mermaid
from clm_plugin_notebook.pages.html.code_html import highlighted, line_numbers
from clm_plugin_notebook.pages.labels import label

# What follows the language of a fence: `{1,3-4}`, or attributes as in Quarto.
_INFO = re.compile(r"(?P<braces>\{)?\.?(?P<language>[^\s{},]*)(?P<rest>.*)", re.S)
# Authors write to themselves in comments; Internet Explorer's conditions are none.
_COMMENT = re.compile(r"<!--(?!\[if\b).*?(?:-->|\Z)", re.S)
_LINES = re.compile(
    r"\{(?P<braces>[\d,\s-]+)\}"
    r"""|(?:code-line-numbers|hl_lines|emphasize-lines)\s*=\s*["'](?P<attribute>[\d,\s-]+)["']"""
)


@frozen
class MarkdownHtml:
    """A Markdown text as HTML, with remarks about what may not be shown as it is meant."""

    html: str
    remarks: Sequence[MarkdownRemark]


class MarkdownRenderer:
    """Renders Markdown text; the words that it adds are in the language of the page."""

    def __init__(self) -> None:
        self._parser = parser()
        self._renderer = _Renderer()

    def render(self, source: str, language: str) -> MarkdownHtml:
        env: dict[str, Any] = {"language": language}
        tokens = self._parser.parse(source, env)
        html = self._renderer.render(tokens, self._parser.options, env)
        return MarkdownHtml(html, remarks_of(env))


class _Renderer(RendererHTML):
    """The rules of the parser, and those that pages have beyond them.

    A rule is a method with the name of a token.
    """

    def __init__(self) -> None:
        super().__init__()
        common: Any = parser().renderer
        self.rules = {**common.rules, **self.rules}
        own = ("fence", "code_block", "image", "list_item_open", "html_block", "html_inline")
        for name in own:
            self.rules[name] = getattr(self, name)

    def heading_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        token = tokens[index]
        html = self.renderInline(tokens[index + 1].children or [], options, env)
        anchor = escape(str(token.attrs.get("id") or heading_anchor(html)))
        tokens[index + 2].meta = {"anchor": anchor}
        return f'<{token.tag} id="{anchor}">'

    def heading_close(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        target = tokens[index].meta["anchor"]
        link = f'<a class="anchor-link" href="#{target}" aria-hidden="true" tabindex="-1">¶</a>'
        return f"{link}</{tokens[index].tag}>\n"

    def image(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        token = tokens[index]
        html = f'<img src="{escape(str(token.attrs["src"]))}"'
        text = plain_text(self.renderInline(token.children or [], options, env)).strip()
        if text:
            html += f' alt="{escape(text)}"'
        attributes = with_sizes(token.attrs)
        for name in ("title", "id", "class", "width", "height", "style", "align"):
            if name in attributes:
                html += f' {name}="{escape(attributes[name])}"'
        return f"{html}>"

    def html_block(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        return _COMMENT.sub("", tokens[index].content)

    def html_inline(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        return _COMMENT.sub("", tokens[index].content)

    def code_block(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        return highlighted(tokens[index].content, "text", "highlight")

    def fence(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        token = tokens[index]
        words = token.info.split()
        if words and words[0].startswith("mermaid"):
            return mermaid(token.content)
        settings: Mapping[str, str] = token.meta.get("options", {})
        html = _code(token, settings, env)
        if caption := settings.get("caption"):
            html = f'<div class="code-caption">{escape(caption)}</div>\n{html}'
        return html

    def list_item_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        token = tokens[index]
        html = self.renderToken(tokens, index, options, env)
        if "checked" not in token.meta:
            return html
        done = token.meta["checked"]
        state = label("done" if done else "open", env["language"])
        return (
            f'{html}<input class="task-list-item-checkbox" type="checkbox" disabled'
            f'{" checked" if done else ""} aria-label="{escape(state)}"> '
        )

    def admonition_label(self, tokens: Sequence[Token], index: int, _: Any, env: Any) -> str:
        return escape(label(tokens[index].info, env["language"]))

    def table_open(self, *_: Any) -> str:
        return '<div class="table-scroll"><table>\n'

    def table_close(self, *_: Any) -> str:
        return "</table></div>\n"

    def s_open(self, *_: Any) -> str:
        return "<del>"

    def s_close(self, *_: Any) -> str:
        return "</del>"


def mermaid(source: str) -> str:
    """Return a diagram, which the page draws."""
    safe = without_script_links_in_mermaid(source)
    return f'<div class="jp-Mermaid"><pre class="mermaid">\n{escape(safe.strip())}\n</pre></div>'


def _code(token: Token, settings: Mapping[str, str], env: Any) -> str:
    info = _INFO.match(token.info.strip())
    language = (info and info["language"]) or "text"
    first = int(settings.get("lineno-start") or 1) if "linenos" in settings else None
    lines = _marked_lines(token, settings, env)
    try:
        return highlighted(token.content, language, "highlight", lines, first)
    except ClassNotFound:
        if info and info["braces"] and token.map:
            message = f"the directive `{token.info.strip()}` is unknown; it is shown as code"
            hint = "known directives are those of MyST: note, tip, code-block, figure and others"
            add_remark(env, token.map[0], message, hint)
        source = f"{token.info.split()[0]}\n{token.content}"
        return highlighted(source, "text", "highlight", [line + 1 for line in lines], first)


def _marked_lines(token: Token, settings: Mapping[str, str], env: Any) -> list[int]:
    match = _LINES.search(token.info)
    text = settings.get("emphasize-lines") or (match and (match["braces"] or match["attribute"]))
    if not text:
        return []
    lines = line_numbers(text)
    count = token.content.count("\n")
    if (not lines or max(lines) > count) and token.map:
        hint = f"write numbers from 1 to {count}, such as `1,3-4`"
        add_remark(env, token.map[0], f"{text.strip()!r} names no lines of this code", hint)
    return lines
