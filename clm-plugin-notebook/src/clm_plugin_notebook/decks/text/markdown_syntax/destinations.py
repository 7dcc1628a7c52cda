"""Destinations of links and images, also with blanks, and their titles."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

_SAFE = ":/?#@!$&()*+,;=%~'[]"
_DATA_URL = re.compile(r"data:[^\s()<>\"']*")
# A file name with blanks, which CommonMark does not take for a destination; then a title.
_WITH_BLANKS = re.compile(
    r"""\(\s*(?P<path>[^\s()<>](?:[^\n()<>"]|\([^\n()<>"]*\))*\.[A-Za-z][A-Za-z0-9]{1,4}
    (?:\#[^\s()]*)?)(?:\s+(?:"(?P<double>[^"\n]*)"|'(?P<single>[^'\n]*)'))?\s*\)""",
    re.X,
)


def add_destinations(parser: MarkdownIt) -> None:
    """Let a parser accept blanks in the paths of files, and all kinds of URLs."""
    helpers = parser.helpers
    parse_destination = helpers.parseLinkDestination

    def destination(text: str, position: int, end: int) -> Any:
        # Pictures as text are long; the parser would read them character by character.
        match = _DATA_URL.match(text, position, end)
        if match is None:
            return parse_destination(text, position, end)
        return SimpleNamespace(ok=True, pos=match.end(), str=match[0])

    changed: Any = parser
    changed.helpers = SimpleNamespace(
        parseLinkDestination=destination,
        parseLinkLabel=helpers.parseLinkLabel,
        parseLinkTitle=helpers.parseLinkTitle,
    )
    changed.normalizeLink = _normalized
    # As in Jupyter: who writes the deck may also write scripts.
    changed.validateLink = lambda _: True
    parser.inline.ruler.after("image", "image_with_blanks", _image)
    parser.inline.ruler.after("link", "link_with_blanks", _link)


def _normalized(url: str) -> str:
    return url if url.isascii() and url.isalnum() else quote(url, safe=_SAFE)


def _image(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("![", state.pos):
        return False
    found = _destination(state, state.pos + 1)
    if found is None:
        return False
    end, match = found
    if not silent:
        label = state.src[state.pos + 2 : end]
        token = state.push("image", "img", 0)
        token.content, token.children = label, []
        token.attrs = {"src": _normalized(match["path"]), "alt": ""}
        if title := match["double"] or match["single"]:
            token.attrs["title"] = title
        state.md.inline.parse(label, state.md, state.env, token.children)
    state.pos = match.end()
    return True


def _link(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "[":
        return False
    found = _destination(state, state.pos)
    if found is None:
        return False
    label_end, match = found
    if not silent:
        start, maximum = state.pos + 1, state.posMax
        token = state.push("link_open", "a", 1)
        token.attrs = {"href": _normalized(match["path"])}
        if title := match["double"] or match["single"]:
            token.attrs["title"] = title
        state.pos, state.posMax = start, label_end
        state.linkLevel += 1
        state.md.inline.tokenize(state)
        state.linkLevel -= 1
        state.push("link_close", "a", -1)
        state.posMax = maximum
    state.pos = match.end()
    return True


def _destination(state: StateInline, label_start: int) -> tuple[int, re.Match[str]] | None:
    """Return the end of a label and its destination, if that is a path with blanks."""
    end = state.md.helpers.parseLinkLabel(state, label_start, state.src[state.pos] == "[")
    if end < 0:
        return None
    match = _WITH_BLANKS.match(state.src, end + 1, state.posMax)
    return (end, match) if match and " " in match["path"] else None
