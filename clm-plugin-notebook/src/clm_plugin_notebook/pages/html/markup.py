"""Search and change of tags in HTML, without changing the text between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape, unescape
from typing import Any

from attrs import frozen

from clm_plugin_notebook.decks.text.markdown_text import plain_text

_ATTRIBUTES = r"""(?:[^>"']|"[^"]*"|'[^']*')*"""
# Comments, scripts and styles come first, since they may contain text that looks like a tag.
_TAG = re.compile(
    rf"<!--.*?-->|<(script|style)\b({_ATTRIBUTES})>.*?</\1\s*>"
    rf"|<(img|a|h[1-6]|link|iframe|video|audio|source|embed|object)\b({_ATTRIBUTES})>",
    re.S | re.I,
)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_HREF = re.compile(r'href="#[^"]*"')
_ID = re.compile(r"""\sid\s*=\s*("[^"]*"|'[^']*')""", re.I)


@frozen
class Tag:
    """A start tag; `attributes` have lower-case names, and the value None if they have none.

    `text` is the text of a heading, empty for other tags.
    """

    name: str
    attributes: Mapping[str, str | None]
    text: str = ""

    def value(self, name: str) -> str:
        return (self.attributes.get(name) or "").strip()


def find_tags(html: str) -> Iterator[Tag]:
    """Yield the start tags of links, images, headings and loaded resources, in order."""
    for match in _TAG.finditer(html):
        if tag := _tag(match):
            text = html[match.end() :] if tag.name[0] == "h" else ""
            end = re.search(rf"</{tag.name}\s*>", text, re.I)
            yield Tag(tag.name, tag.attributes, plain_text(text[: end.start() if end else 0]))


def replace_images(html: str, change: Callable[[Tag], Mapping[str, str]]) -> str:
    """Return the HTML with the attributes that `change` returns added to its images."""

    def changed(match: re.Match[str]) -> str:
        tag = _tag(match)
        if tag is None or tag.name != "img" or not (attributes := change(tag)):
            return match[0]
        merged = {**tag.attributes, **attributes}
        written = (k if v is None else f'{k}="{escape(v)}"' for k, v in merged.items())
        return f"<img {' '.join(written)}>"

    return _TAG.sub(changed, html)


def find_ids(html: str) -> Iterator[str]:
    """Yield the ids of all elements."""
    for match in _ID.finditer(html):
        yield unescape(match[1][1:-1])


def with_ids(html: str, unique: Callable[[str], str]) -> str:
    """Return the HTML with the ids that `unique` returns for its own, called in order.

    The link of a heading to itself and those to and from footnotes change with them.
    """
    pieces: list[str] = []
    done = 0
    anchor = ("", "")
    renamed: dict[str, str] = {}
    for match in _ID.finditer(html):
        pieces += [_replaced(html[done : match.start()], anchor), match[0]]
        name = unescape(match[1][1:-1])
        new, anchor, done = unique(name), ("", ""), match.end()
        if new != name:
            pieces[-1] = f' id="{escape(new)}"'
            old_link, new_link = (f'href="#{escape(n)}"' for n in (name, new))
            anchor = (f'"anchor-link" {old_link}', f'"anchor-link" {new_link}')
            if name.startswith("fn"):
                renamed[old_link] = new_link
    html = "".join([*pieces, _replaced(html[done:], anchor)])
    return _HREF.sub(lambda match: renamed.get(match[0], match[0]), html) if renamed else html


def _replaced(html: str, change: tuple[str, str]) -> str:
    return html.replace(*change, 1) if change[0] else html


def _tag(match: re.Match[str]) -> Tag | None:
    name = match[1] or match[3]
    if name is None:
        return None
    attributes: dict[str, Any] = {}
    for attribute in _ATTRIBUTE.finditer(match[2] or match[4] or ""):
        value = attribute[2]
        if value and value[0] in "\"'":
            value = value[1:-1]
        attributes.setdefault(attribute[1].lower(), None if value is None else unescape(value))
    return Tag(name.lower(), attributes)


def encoded(html: str) -> bytes:
    """A page as bytes; lone surrogates cannot be encoded and become question marks."""
    return (html.rstrip("\n") + "\n").encode(errors="replace")
