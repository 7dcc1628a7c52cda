"""HTML of decks from others: without scripts, styles, frames and forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import nh3

_TEXT = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "blockquote", "br", "caption", "center", "cite", "code"),
        *("col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption"),
        *("figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li"),
        *("mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small"),
        *("span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot"),
        *("th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr"),
        *("audio", "source", "track", "video"),
        "input",  # the boxes of tasks; there are no forms
    }
)
_EVERYWHERE = frozenset(
    {
        *("align", "aria-hidden", "aria-label", "class", "dir", "id", "lang", "role", "style"),
        *("tabindex", "title", "valign"),
    }
)
_OWN = {
    "a": {"href"},
    "audio": {"controls", "loop", "muted", "preload", "src"},
    "col": {"span", "width"},
    "colgroup": {"span"},
    "details": {"open"},
    "img": {"alt", "height", "loading", "src", "width"},
    "input": {"checked", "disabled", "type"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "source": {"src", "type"},
    "table": {"border"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "track": {"kind", "label", "src", "srclang"},
    "video": {"controls", "height", "loop", "muted", "poster", "preload", "src", "width"},
}
# None of them covers the page or loads a picture.
_STYLES = frozenset(
    {
        *("background-color", "border", "border-bottom", "border-collapse", "border-color"),
        *("border-left", "border-radius", "border-right", "border-style", "border-top"),
        *("border-width", "color", "float", "font-family", "font-size", "font-style"),
        *("font-variant", "font-weight", "height", "line-height", "list-style-type", "margin"),
        *("margin-bottom", "margin-left", "margin-right", "margin-top", "max-height"),
        *("max-width", "min-width", "padding", "padding-bottom", "padding-left"),
        *("padding-right", "padding-top", "text-align", "text-decoration", "text-indent"),
        *("vertical-align", "white-space", "width"),
    }
)
_WITH_CONTENT = frozenset({"script", "style", "iframe", "object", "embed", "template", "noscript"})
_LOADED = frozenset({"src", "poster"})


LEFT_OUT = "`html: sanitised` leaves out"
LEFT_OUT_HINT = "write it as Markdown or plain HTML; see docs/security.md"


def sanitised(html: str) -> str:
    """The HTML with what only shows something; links and pictures stay."""
    return _cleaner().clean(html)


def removed(html: str, clean: str, source: str = "") -> tuple[str, ...]:
    """The names of tags, attributes and style properties that HTML has lost.

    With a `source`, only of those that are written in it: others are of its rendering.
    """
    lost = Counter(_names(html)) - Counter(_names(clean))
    written = source.casefold()
    return tuple(name for name in lost if not source or name.strip("<>") in written)


def _names(html: str) -> Iterator[str]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    yield from reader.names


class _Reader(HTMLParser):
    """Collects the names in HTML, a page within a page included."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(f"<{tag}>")
        for name, value in attrs:
            properties = (part.partition(":")[0].strip() for part in (value or "").split(";"))
            self.names.extend(filter(None, properties) if name == "style" else [name])


@cache
def _cleaner() -> nh3.Cleaner:
    # Few courses show decks of strangers.
    import nh3

    return nh3.Cleaner(
        tags=set(_TEXT),
        clean_content_tags=set(_WITH_CONTENT),
        attributes={"*": set(_EVERYWHERE), **{tag: set(names) for tag, names in _OWN.items()}},
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "data"},
        filter_style_properties=set(_STYLES),
        link_rel="noopener noreferrer",
    )


def _kept(tag: str, name: str, value: str) -> str | None:
    text = value.strip().lower()
    if tag == "input" and name == "type":
        return value if text == "checkbox" else None
    if text.startswith("data:") and name not in ("title", "alt", "aria-label"):
        is_picture = name in _LOADED and text.startswith("data:image/")
        return value if is_picture else None
    if name == "style" and ("url(" in text or "\\" in text):
        return None
    return value
