"""Source lines below messages, with carets under the quoted text."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

from attrs import define, field

from clm.errors import Diagnostic

_MAX_BYTES = 20_000_000
_WIDTH = 66  # columns of the text: with line number and indent it fits into 80
_EXAMINED = 4 * _WIDTH  # characters of a line, some of which have no width
_MORE = "..."

Plain = Callable[[str], str]


@define(repr=False)
class SourceLines:
    """Lines of the files that messages refer to; each file is read once.

    File names are relative to `root`, except that of `spec`, which is as given by the user. Without
    a root they are relative to the working folder, and a line is shown only if it contains the text
    that the message quotes.
    """

    root: Path | None = None
    spec: Path | None = None
    _texts: dict[str, tuple[str, ...]] = field(factory=dict, init=False)

    def excerpt(self, diagnostic: Diagnostic, plain: Plain) -> tuple[str, ...]:
        """Return the lines to print below a message; `plain` makes text safe for a terminal."""
        place = diagnostic.place
        if place is None or place.line is None:
            return ()
        lines = self._lines(place.file)
        if not 1 <= place.line <= len(lines):
            return ()
        line = lines[place.line - 1]
        quoted = (diagnostic.excerpt or "").replace("\t", " ").rstrip()
        start = _find(line, quoted, place.column)
        is_right = start >= 0 if quoted else self.root is not None
        if not is_right or not line:
            return ()
        return _drawn(line, place.line, *_span(line, quoted, start, place.column), plain)

    def _lines(self, file: str) -> tuple[str, ...]:
        if file not in self._texts:
            is_spec = file == str(self.spec)
            self._texts[file] = _read((Path() if is_spec else self.root or Path()) / file)
        return self._texts[file]


def _read(path: Path) -> tuple[str, ...]:
    try:
        if path.is_file() and path.stat().st_size <= _MAX_BYTES:
            text = path.read_text(encoding="utf-8-sig", errors="replace").replace("\t", " ")
            return tuple(line.rstrip() for line in text.split("\n"))
    except (OSError, ValueError):
        pass  # the message is shown without the line
    return ()


def _find(line: str, quoted: str, column: int | None) -> int:
    """The position of the text in the line, preferably at or after its column."""
    # From the column first: lines can be a megabyte long, and there can be thousands of messages.
    start = line.find(quoted, (column or 1) - 1)
    return start if start >= 0 else line.find(quoted)


def _span(line: str, quoted: str, start: int, column: int | None) -> tuple[int, int]:
    """Start and end of the quoted text; both are 0 for the whole line."""
    # If a message quotes the whole line, its column is more precise.
    whole = quoted.strip() == line.strip() and column != start + 1
    if quoted and not whole:
        return start, start + len(quoted)
    if column is not None and column <= len(line) + 1:
        return column - 1, column
    return 0, 0


def _drawn(line: str, number: int, start: int, end: int, plain: Plain) -> tuple[str, ...]:
    first = _first_shown(line, start, end)
    last = first + _EXAMINED
    before = (_MORE if first else "") + plain(line[first:start])
    meant = plain(line[start : min(end, last)])
    after = plain(line[end:last])
    text = _cut(before + meant + after)
    margin = f"{number} | "
    shown = margin + text
    if end == 0:
        return (shown.rstrip(),)
    room = max(1, min(_columns(meant), _WIDTH - _columns(before)))
    carets = " " * _columns(before) + "^" * room
    return shown.rstrip(), " " * (len(margin) - 2) + "| " + carets


def _first_shown(line: str, start: int, end: int) -> int:
    """The start of the part of a long line that is shown, with the quoted text in it."""
    if end <= _EXAMINED and _columns(line[:end]) <= _WIDTH:
        # A line that is cut at its end loses room for that mark.
        fits = len(line) <= _EXAMINED and _columns(line) <= _WIDTH
        if fits or _columns(line[:end]) <= _WIDTH - len(_MORE):
            return 0
    return max(0, min(start, max(start - _WIDTH // 2, end - _WIDTH + len(_MORE))))


def _cut(text: str) -> str:
    if _columns(text) <= _WIDTH:
        return text
    text = text[:_WIDTH]
    while _columns(text) > _WIDTH - len(_MORE):
        text = text[:-1]
    return text + _MORE


def _columns(text: str) -> int:
    """The width of the text in columns of a terminal."""
    return len(text) if text.isascii() else sum(_column(character) for character in text)


def _column(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
