"""Text of a page by its headings, as readers see it."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from attrs import define, field, frozen

_HEADINGS = frozenset({"h1", "h2", "h3"})
_SKIPPED = frozenset({"script", "style", "template", "svg", "button", "nav", "aside"})
_BLOCKS = frozenset({"p", "div", "li", "tr", "td", "th", "pre", "br", "dt", "dd", "summary"})
_VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"}
                  | {"source", "track", "wbr"})  # fmt: skip
# Long results are data, in which nobody looks for words.
_LONGEST_OUTPUT = 2000
# The name of the element of a page with what its results were made with.
_PACKAGES = "clm-packages"


@frozen
class PagePart:
    """A part of a page: its heading, the heading's id, and the text below it.

    Before the first heading both are empty.
    """

    id: str
    heading: str
    text: str


@frozen
class PageText:
    """The text of a page: its parts in their order, and its first paragraph.

    `packages` are what its results were made with, each with its version.
    """

    parts: tuple[PagePart, ...]
    first_paragraph: str
    packages: tuple[str, ...] = ()

    def to_bytes(self) -> bytes:
        """The text as JSON."""
        parts = [[part.id, part.heading, part.text] for part in self.parts]
        return json.dumps([parts, self.first_paragraph, self.packages]).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> PageText:
        """The text that `to_bytes` wrote."""
        parts, first_paragraph, packages = json.loads(data)
        return cls(tuple(PagePart(*part) for part in parts), first_paragraph, tuple(packages))


def page_text(html: str) -> PageText:
    """The text of a page; what is outside of `<main>` is left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    parts = (part.finished() for part in reader.parts if part.has_text)
    return PageText(tuple(parts), reader.first_paragraph, reader.packages)


@define
class _Part:
    id: str = ""
    heading: list[str] = field(factory=list)
    text: list[str] = field(factory=list)

    @property
    def has_text(self) -> bool:
        return any(piece.strip() for piece in (*self.heading, *self.text))

    def finished(self) -> PagePart:
        heading, text = (" ".join("".join(p).split()) for p in (self.heading, self.text))
        return PagePart(self.id, heading, text)


class _Reader(HTMLParser):
    """Collects the parts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = [_Part()]
        self._open: list[str] = []
        self._in_main = False
        self._skipped: int | None = None  # depth of the element that is left out
        self._heading: int | None = None
        self._output: tuple[int, int] | None = None  # depth, and length of the text before it
        self._paragraph: tuple[int, int] | None = None  # likewise
        self.first_paragraph = ""
        self.packages: tuple[str, ...] = ()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.handle_data(" ")
        if tag in _VOID:
            values = dict(attrs)
            if values.get("name") == _PACKAGES:
                self.packages = tuple((values.get("content") or "").split("; "))
            return
        self._open.append(tag)
        depth = len(self._open)
        classes = (dict(attrs).get("class") or "").split()
        if tag == "main":
            self._in_main = True
        elif self._skipped is None and (tag in _SKIPPED or _is_left_out(classes)):
            self._skipped = depth
        elif tag in _HEADINGS and self._in_main and self._skipped is None:
            self.parts.append(_Part(dict(attrs).get("id") or ""))
            self._heading = depth
        elif tag == "p" and self._in_main and self._skipped is None and not self.first_paragraph:
            self._paragraph = depth, len(self.parts[-1].text)
        elif "output_area" in classes and self._output is None:
            self._output = depth, len(self.parts[-1].text)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or tag not in self._open:
            return
        while self._open:
            depth = len(self._open)
            if self._skipped == depth:
                self._skipped = None
            if self._heading == depth:
                self._heading = None
            if self._output is not None and self._output[0] == depth:
                self._drop_long_output(self._output[1])
                self._output = None
            if self._paragraph is not None and self._paragraph[0] == depth:
                self.first_paragraph = " ".join(
                    "".join(self.parts[-1].text[self._paragraph[1] :]).split()
                )
                self._paragraph = None
            if self._open.pop() == tag:
                break
        if tag in _BLOCKS or tag in ("ul", "ol", "table"):
            self.handle_data(" ")
        if tag == "main":
            self._in_main = False

    def handle_data(self, data: str) -> None:
        if self._in_main and self._skipped is None:
            part = self.parts[-1]
            (part.text if self._heading is None else part.heading).append(data)

    def _drop_long_output(self, start: int) -> None:
        text = self.parts[-1].text
        if sum(map(len, text[start:])) > _LONGEST_OUTPUT:
            del text[start:]


def _is_left_out(classes: list[str]) -> bool:
    return "anchor-link" in classes or "prompt" in classes
