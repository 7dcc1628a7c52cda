"""Links in the Markdown of cells, found and replaced in its source."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from attrs import frozen

from clm_plugin_notebook.decks.text.links import AUTOMATIC, HTML, INLINE, FoundLink, find_links

_FENCE = re.compile(r"[ \t>*+-]*(`{3,}|~{3,})[ \t]*([^`\n]*)")
_CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_INDENTED = re.compile(r"(?: {4}|\t)")
_LIST_ITEM = re.compile(r"\s*(?:[*+-]|\d{1,9}[.)])\s")
# Directives whose content is code; that of all others is Markdown.
_CODE_DIRECTIVE = re.compile(
    r"\{(?:code\b|code-|sourcecode|literalinclude|math|mermaid|raw|eval-rst)"
)


@frozen
class NewTarget:
    """What is written for a link: its URL, and its text if the link has none."""

    url: str
    text: str = ""


def replace_links(source: str, change: Callable[[FoundLink], NewTarget | None]) -> str:
    """Return the Markdown with links changed as `change` says; None leaves one as it is.

    Links in code, in comments and in the output of templates that is neither are left alone.
    """
    if "](" not in source and "]:" not in source and "href" not in source and ":" not in source:
        return source
    result = source
    for link in reversed(find_links(without_code(source))):
        if (target := change(link)) is not None:
            result = _replaced(result, link, target)
    return result


def _replaced(source: str, link: FoundLink, target: NewTarget) -> str:
    before, after = source[: link.start], source[link.end :]
    if link.style == AUTOMATIC:
        return f"{before}[{target.text or link.url}]({target.url}){after}"
    if link.style == INLINE and target.text:
        opening = before.rfind("](")
        if before[opening - 1 : opening] == "[":
            before = f"{before[:opening]}{_escaped(target.text)}{before[opening:]}"
    needs_quotes = link.style == HTML and not before.endswith(('"', "'"))
    return before + (f'"{target.url}"' if needs_quotes else target.url) + after


def link_url(path: str, fragment: str = "") -> str:
    """Return the URL of a path and an anchor, valid in every style of link."""
    return quote(path, safe="/") + (f"#{fragment}" if fragment else "")


def without_code(source: str) -> str:
    """Return the text with code and comments blanked, so that all else keeps its place."""
    text = _without_code_blocks(source) if "\n" in source or "    " in source else source
    for pattern in (_COMMENT, _CODE_SPAN):
        text = pattern.sub(lambda match: _blank(match[0]), text)
    return text


def _without_code_blocks(source: str) -> str:
    lines = source.split("\n")
    fence = ""
    after_blank, in_list = True, False
    for number, line in enumerate(lines):
        match = _FENCE.match(line)
        if fence:
            lines[number] = _blank(line)
            if match and match[1].startswith(fence) and not match[2].strip():
                fence = ""
            continue
        if match and (not match[2].startswith("{") or _CODE_DIRECTIVE.match(match[2])):
            fence, lines[number] = match[1], _blank(line)
        elif _INDENTED.match(line) and after_blank and not in_list:
            lines[number] = _blank(line)
            continue  # the next line may be indented code, too
        continues = not line.strip() or line[0] in " \t"
        in_list = bool(_LIST_ITEM.match(line)) or (in_list and continues)
        after_blank = not line.strip()
    return "\n".join(lines)


def _blank(text: str) -> str:
    return "".join("\n" if character == "\n" else " " for character in text)


def _escaped(text: str) -> str:
    return re.sub(r"([\\\[\]`*_<>])", r"\\\1", text)
