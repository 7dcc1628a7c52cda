"""Decks in Markdown: fenced code in the deck's language is code, everything else is text.

    <!-- #region lang="de" tags=["slide"] -->
    ## Titel
    <!-- #endregion -->

    ```python tags=["keep"]
    x = 1
    ```

The rules are those of jupytext, except for fences in other languages: jupytext reads them as
code for other kernels, here they are shown as text, since no other kernel runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve

from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.deck import Deck, DeckBuilder
from clm_plugin_notebook.decks.headers import Header, HeaderError, hides_cell, try_header
from clm_plugin_notebook.decks.hiding.header_lookalikes import Lookalikes
from clm_plugin_notebook.decks.hiding.mistyped_metadata import (
    like_directives,
    mark_names_hiding_tags,
    names_hiding_tags,
    with_items,
    without_code_spans,
)
from clm_plugin_notebook.decks.templates import Expansion
from clm_plugin_notebook.languages import MARKDOWN_COMMENT, ProgLang

_REGION = re.compile(r"<!--\s*#(?:region|md|markdown)\b\s*(.*?)\s*-->\s*")
_RAW = re.compile(r"<!--\s*#raw\b\s*(.*?)\s*-->\s*")
_REGION_END = re.compile(r"<!--\s*#end(?:region|md|markdown|raw)\b\s*(?:.*?)\s*-->\s*")
_FENCE = re.compile(r"(`{3,})\s*([^\s`{]*)\s*(.*?)\s*")
# What authors write for a region or a cell, and CLM and jupytext read as text.
_LIKE_REGION = re.compile(r"\s*<!-*\s*\W?\s*(?:end)?\s*(?:region|md|markdown|raw)\b.*", re.I)
_LIKE_FENCE = re.compile(r"[\s>]*(?:[-*+]\s+)?(?:`{3,}|~{3,}).*?\b(?:tags?|lang)\s*[=:].*", re.I)
_PERCENTS = re.compile(r"\s*%%")
_CELL_BREAK = re.compile(r"\s*\+{3,}\s*\{")  # of MyST
_NOT_RUN = re.compile(r"\.noeval\b")  # shown as text, as jupytext reads it
_ATTRIBUTE = re.compile(r"\b(?:tags|lang|slideshow|nbgrader)\s*=")
_YAML_FENCE = "---"


def read_markdown(expansion: Expansion, prog_lang: ProgLang, languages: Iterable[str] = ()) -> Deck:
    """Read the cells of an expanded deck in Markdown.

    Raises:
        InvalidDeckError: cell headers are invalid; it has the errors of all of them.
    """
    return _Reader(expansion, prog_lang, languages).deck()


class _Reader:
    def __init__(self, expansion: Expansion, prog_lang: ProgLang, languages: Iterable[str]) -> None:
        self._lines = expansion.text.split("\n")
        self._code_names = prog_lang.names
        self._lookalikes = Lookalikes.of(MARKDOWN_COMMENT, expansion)
        self._in_code = Lookalikes.of(prog_lang.comment, expansion)
        self._builder = DeckBuilder(
            expansion.place_of, lambda cell: self._lines[cell.line - 1].strip(), languages
        )

    def deck(self) -> Deck:
        position = text_start = self._after_yaml_header()
        while position < len(self._lines):
            opened = self._cell_at(position)
            if opened is None:
                position = self._after_text(position)
                continue
            header, end = opened
            self._add_text(text_start, position)
            self._add_cell(header, position, end)
            position = text_start = end + 1
        self._add_text(text_start, len(self._lines))
        return self._builder.deck()

    def _cell_at(self, position: int) -> tuple[Header | HeaderError, int] | None:
        """Return the header of a cell that this line opens, and the line that closes the cell."""
        line = self._lines[position]
        if match := _REGION.fullmatch(line):
            return _header("markdown", match[1]), self._end_of_region(position)
        if match := _RAW.fullmatch(line):
            return _header("raw", match[1]), self._end_of_region(position)
        fence = _FENCE.fullmatch(line)
        if fence is None:
            return None
        is_code = fence[2].lower() in self._code_names
        attributes = _NOT_RUN.sub("", fence[3])
        if is_code and attributes == fence[3]:
            return _header("code", fence[3]), self._end_of_fence(position, fence[1])
        if _ATTRIBUTE.search(attributes):
            return _header("markdown", attributes), self._end_of_fence(position, fence[1])
        return None

    def _after_text(self, position: int) -> int:
        """Return the line after this text; lines inside a fence open no cells."""
        fence = _FENCE.fullmatch(self._lines[position])
        return (self._end_of_fence(position, fence[1]) if fence else position) + 1

    def _end_of_region(self, position: int) -> int:
        following = range(position + 1, len(self._lines))
        ends = (n for n in following if _REGION_END.fullmatch(self._lines[n]))
        return next(ends, len(self._lines))

    def _end_of_fence(self, position: int, fence: str) -> int:
        following = range(position + 1, len(self._lines))
        return next((n for n in following if self._closes(n, fence)), len(self._lines))

    def _closes(self, number: int, fence: str) -> bool:
        line = self._lines[number].rstrip()
        return line.startswith(fence) and not line.strip("`")

    def _add_cell(self, header: Header | HeaderError, position: int, end: int) -> None:
        """Add the cell that the line opens; a fence that is text keeps its fence."""
        fence = _FENCE.fullmatch(self._lines[position])
        is_text = isinstance(header, Header) and header.type == "markdown"
        if fence and is_text:
            lines = [f"{fence[1]}{fence[2]}", *self._lines[position + 1 : end + 1]]
            text, at = "\n".join(lines), position + 1
            cell = self._builder.add(header, text, line=at, source_line=at)
            self._builder.check_mark(self._lines[position : at + 1], cell, divided=True)
        else:
            self._add(header, position, position + 1, end)

    def _add(self, header: Header | HeaderError, line: int, start: int, end: int) -> None:
        source = "\n".join(self._lines[start:end])
        cell = self._builder.add(header, source, line=line + 1, source_line=start + 1)
        if line < start:
            self._builder.check_mark(self._lines[line : start + 1], cell, divided=True)
        self._report_lookalikes(cell, start, end)

    def _report_lookalikes(self, cell: Cell, start: int, end: int) -> None:
        lines = self._lines[start:end]
        for index in lines_like_headers(lines, cell.type, self._lookalikes, self._in_code):
            self._builder.report_lookalike(lines[index], cell, index + 1)
        if end < len(self._lines) and _hides(self._lines[start - 1]) and end > start:
            # The mark of the end may be an example, and the rest of the text hidden, too.
            inside = self._lines[start : end + 1]
            outside = self._lookalikes.outside_fences(inside, range(len(inside)))
            if _REGION_END.fullmatch(inside[-1]) and len(inside) - 1 not in outside:
                self._builder.report_lookalike(inside[-1], cell, len(inside), "a fence")
        is_open = cell.type == "code" and end == len(self._lines)
        swallowed = (
            (index for index, line in enumerate(lines) if _hides(line) is not None)
            if is_open
            else self._lookalikes.swallowed(lines, cell.type, _hides)
        )
        for index in swallowed:
            self._builder.report_lookalike(lines[index], cell, index + 1, "a fence")

    def _add_text(self, start: int, end: int) -> None:
        """Add the text between other cells as Markdown cells, divided by two blank lines."""
        blank = 0
        first: int | None = None
        last = start
        for number in range(start, end):
            if not self._lines[number].strip():
                blank += 1
                continue
            if first is not None and blank > 1:
                self._add(Header("markdown"), first, first, last + 1)
                first = None
            first = number if first is None else first
            last, blank = number, 0
        if first is not None:
            self._add(Header("markdown"), first, first, last + 1)

    def _after_yaml_header(self) -> int:
        if self._lines[0].rstrip() != _YAML_FENCE:
            return 0
        ends = (n for n in range(1, len(self._lines)) if self._lines[n].rstrip() == _YAML_FENCE)
        return next(ends, -1) + 1


def _hides(line: str) -> bool | None:
    match = _REGION.fullmatch(line) or _RAW.fullmatch(line)
    return hides_cell(try_header(match[1])) if match else None


def lines_like_headers(
    lines: Sequence[str], cell_type: str, in_text: Lookalikes, in_code: Lookalikes
) -> Iterator[int]:
    """The indexes of lines of a cell that look like a header: a script cannot have them."""
    if cell_type != "code":
        yield from text_lines_like_headers(lines, in_text)
        return
    # Fences and the like that a fence before them, which was not closed as meant, has swallowed.
    swallowed = (n for n in range(len(lines)) if mark_names_hiding_tags(lines, n))
    yield from sorted({*in_code.among(lines, cell_type), *swallowed})


def text_lines_like_headers(lines: Sequence[str], lookalikes: Lookalikes) -> Iterator[int]:
    """The indexes of lines of a Markdown text that look like a header of a cell."""
    found = set(like_directives(lines))
    for index in lookalikes.outside_fences(lines, range(len(lines))):
        line = lines[index]
        # In a script, the text would be a comment, and `%%` the start of a cell.
        patterns = (_LIKE_REGION, _PERCENTS, _CELL_BREAK)
        if (
            lookalikes.matches(line)
            or any(pattern.match(line) for pattern in patterns)
            or names_hiding_tags(without_code_spans(with_items(lines, index)))
        ):
            found.add(index)
    for index, line in enumerate(lines):
        if (
            _LIKE_FENCE.fullmatch(line)
            or lookalikes.is_hiding_option(line)
            or mark_names_hiding_tags(lines, index)
        ):
            found.add(index)
    return iter(sorted(found))


def _header(cell_type: str, text: str) -> Header | HeaderError:
    header = try_header(text)
    if isinstance(header, HeaderError):
        return HeaderError(str(header), cell_type)
    return evolve(header, type=cell_type)
