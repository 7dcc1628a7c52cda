"""Links of bare URLs and mail addresses, as on GitHub."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_URL = re.compile(
    r"(?<![\w/@.:-])(?:(?:https?://|www\.)[^\s<>\"`]+|[\w.+-]+@[\w-]+(?:\.[\w-]*[A-Za-z0-9])+)"
)
_TRAILING = re.compile(r"[?!.,:;*_~'\"]+$|&\w+;$")
_PAIRS = {")": "(", "]": "["}


def add_autolinks(parser: MarkdownIt) -> None:
    """Let a parser make links of bare URLs in text."""
    parser.core.ruler.after("text_join", "autolinks", _autolinks)


def _autolinks(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and ("://" in token.content or _may_link(token.content)):
            token.children = list(_linked(state, token.children or []))


def _may_link(text: str) -> bool:
    return "www." in text or "@" in text


def _linked(state: StateCore, tokens: list[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            depth += token.nesting
        elif token.type == "html_inline":
            tag = token.content.lower()
            depth += (tag[:3] in ("<a ", "<a>")) - (tag[:4] == "</a>")
        if token.type == "text" and depth <= 0:
            yield from _with_links(state, token)
        else:
            yield token


def _with_links(state: StateCore, token: Token) -> Iterator[Token]:
    text, done = token.content, 0
    for match in _URL.finditer(text):
        url = _trimmed(match[0])
        if "." not in url.removeprefix("www.") and "://" not in url:
            continue
        if match.start() > done:
            yield Token("text", "", 0, content=text[done : match.start()])
        address = url if "://" in url else f"http://{url}" if url[:4] == "www." else f"mailto:{url}"
        opening = Token("link_open", "a", 1, markup="autolink", info="auto")
        opening.attrs = {"href": state.md.normalizeLink(address)}
        yield opening
        yield Token("text", "", 0, content=url)
        yield Token("link_close", "a", -1, markup="autolink", info="auto")
        done = match.start() + len(url)
    if done == 0:
        yield token
    elif done < len(text):
        yield Token("text", "", 0, content=text[done:])


def _trimmed(url: str) -> str:
    """Return a URL without the punctuation behind it and brackets that it did not open."""
    while True:
        shorter = _TRAILING.sub("", url)
        last = shorter[-1:]
        if last in _PAIRS and shorter.count(last) > shorter.count(_PAIRS[last]):
            shorter = shorter[:-1]
        if shorter == url:
            return url
        url = shorter
