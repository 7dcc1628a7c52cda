"""Decks that are scripts, in percent format or another of jupytext's formats."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate

from attrs import evolve

from clm import ConversionError, Place
from clm_plugin_notebook.decks.deck import Deck, DeckBuilder
from clm_plugin_notebook.decks.formats.cell_starts import (
    FoundCell,
    MetadataError,
    find_cells,
    header_error,
)
from clm_plugin_notebook.decks.formats.limited_yaml import YAMLError
from clm_plugin_notebook.decks.formats.percent_cells import percent_header
from clm_plugin_notebook.decks.formats.r_markdown import with_knitr_options
from clm_plugin_notebook.decks.headers import (
    Header,
    HeaderError,
    hides_cell,
    metadata_header,
    try_header,
)
from clm_plugin_notebook.decks.hiding.header_lookalikes import Lookalikes
from clm_plugin_notebook.decks.templates import Expansion
from clm_plugin_notebook.languages import ProgLang
from clm_plugin_notebook.lazy_jupyter import jupytext

_READ = frozenset({"tags", "slideshow"})
_LIGHT_MARK = re.compile(r"\W*(?:\+\s|region\b)")
_WITH_PERCENT_HEADERS = ("percent", "hydrogen")


def read_script(expansion: Expansion, prog_lang: ProgLang, languages: Iterable[str] = ()) -> Deck:
    """Return the cells of an expanded deck that is a script.

    It is in the format that its YAML header declares, else in percent format. Without a header
    of a cell it is in the format that jupytext takes it for, such as light.

    Raises:
        InvalidDeckError: cell headers are invalid, or lines look like headers and start no cell; it
            has the errors of all of them.
    """
    return _Reader(expansion, prog_lang, languages).deck()


class _Reader:
    """Reads one deck.

    jupytext decides where cells start (a header within a string or a fence is none) and what
    their source is. Their headers are read here: authors mistype them, and jupytext skips what
    it cannot read. In their place jupytext is given ones that it reads alike.
    """

    def __init__(self, expansion: Expansion, prog_lang: ProgLang, languages: Iterable[str]) -> None:
        self._prog_lang = prog_lang
        self._lines = expansion.text.splitlines()
        self._numbers = _line_numbers(expansion.text)
        self._builder = DeckBuilder(
            expansion.place_of, lambda cell: self._line_at(cell.line).strip(), languages
        )
        self._header = percent_header(prog_lang.comment)
        self._lookalikes = Lookalikes.of(prog_lang.comment, expansion)
        extension, _, percent = prog_lang.percent_format.partition(":")
        self._extension = f".{extension}"
        try:
            declared = jupytext.formats.read_format_from_metadata(expansion.text, self._extension)
        except (AttributeError, TypeError, YAMLError) as error:
            raise header_error(error).at(expansion.place(1)) from error
        self._format, self._options = declared or percent, {}
        if declared is None and expansion.text.strip() and not self._headers:
            guessed = jupytext.formats.guess_format(expansion.text, self._extension)
            self._format, self._options = guessed
        self._place = Place(expansion.source)
        self._place_of_line = expansion.place

    def deck(self) -> Deck:
        if self._format in _WITH_PERCENT_HEADERS:
            self._read_percent()
        else:
            for found in self._find("\n".join(self._lines)):
                self._add_other(found)
        return self._builder.deck()

    def _read_percent(self) -> None:
        headers = self._headers
        cells = self._find_cells(headers)
        # What looks like a header and starts no cell is text, for example in a fence.
        started = {cell.start for cell in cells} & headers.keys()
        if started != headers.keys():
            cells = self._find_cells({index: headers[index] for index in started})
        for found in cells:
            if found.start not in headers and not found.source.strip():
                continue  # blank lines before the first header
            self._add(found, headers.get(found.start))

    @cached_property
    def _headers(self) -> Mapping[int, Header | HeaderError]:
        return {
            index: try_header(match["spaced"] or match["glued"] or "")
            for index, line in enumerate(self._lines)
            if (match := self._header.fullmatch(line))
        }

    def _find_cells(self, headers: Mapping[int, Header | HeaderError]) -> Sequence[FoundCell]:
        lines = list(self._lines)
        for index, header in headers.items():
            lines[index] = self._stand_in_for(header)
        return self._find("".join(f"{line}\n" for line in lines))

    def _find(self, text: str) -> Sequence[FoundCell]:
        try:
            return find_cells(text, self._extension, self._format, self._options)
        except MetadataError as error:
            raise error.at(self._place_of_line(self._numbers[error.line - 1])) from error
        except jupytext.formats.JupytextFormatError as error:
            raise ConversionError(
                f"the deck is in the format {self._format!r}, which is not supported",
                place=self._place,
                hint=f"convert it with jupytext to the percent format ({error})",
            ) from error

    def _stand_in_for(self, header: Header | HeaderError) -> str:
        if isinstance(header, HeaderError):
            header = Header(type=header.cell_type)
        marker = "" if header.type == "code" else f" [{header.type}]"
        options = "".join(f" {key}={json.dumps(text)}" for key, text in header.jupytext.items())
        return f"{self._prog_lang.comment} %%{marker}{options}"

    def _add(self, found: FoundCell, header: Header | HeaderError | None) -> None:
        has_header = header is not None
        body = found.start + has_header
        if not isinstance(header, HeaderError):
            header = evolve(header or Header(), type=found.type)
        cell = self._builder.add(
            header,
            found.source,
            line=self._numbers[found.start] if has_header else 1,
            source_line=self._numbers[body] if body < len(self._numbers) else 1,
        )
        lines = self._lines[body : found.end]
        for index in self._lookalikes.among(lines, found.type):
            line = self._numbers[body + index]
            self._builder.report_lookalike(self._line_at(line), cell, line - cell.source_line + 1)
        within = "a string" if found.type == "code" else "a string or fence"
        for index in self._lookalikes.swallowed(lines, found.type, self._hides):
            line = self._numbers[body + index]
            at = line - cell.source_line + 1
            self._builder.report_lookalike(self._line_at(line), cell, at, within)

    def _hides(self, line: str) -> bool | None:
        match = self._header.fullmatch(line)
        return hides_cell(try_header(match["spaced"] or match["glued"] or "")) if match else None

    def _add_other(self, found: FoundCell) -> None:
        """Add a cell of a format in which jupytext determines the metadata, too."""
        header = metadata_header(found.type, with_knitr_options(found.metadata))
        line, first = self._numbers[found.start], self._source_line(found)
        cell = self._builder.add(header, found.source, line=line, source_line=first)
        # Percent headers, which are text in this format; the cell's own marker is in line `start`.
        body = self._lines[found.start : found.end]
        is_marked = bool(body) and _LIGHT_MARK.match(body[0]) is not None
        unread = is_marked and not _READ & found.metadata.keys()
        if body and "%%" not in body[0]:
            self._builder.check_mark(body[:1], cell, unread=unread)
        for index in self._lookalikes.among(body, found.type):
            at = self._numbers[found.start + index]
            is_marker = index == 0 and "%%" not in body[0]
            if not is_marker:
                self._builder.report_lookalike(self._line_at(at), cell, at - first + 1)

    def _source_line(self, found: FoundCell) -> int:
        first = found.source.split("\n", 1)[0]
        inside = range(found.start, found.end)
        at = next((i for i in inside if first and first in self._lines[i]), found.start)
        return self._numbers[at]

    def _line_at(self, number: int) -> str:
        return self._lines[self._numbers.index(number)] if number in self._numbers else ""


def _line_numbers(text: str) -> list[int]:
    """For each line of `splitlines` the number that an editor shows, which counts `\\n` only."""
    ends: Iterator[int] = accumulate(line.endswith("\n") for line in text.splitlines(keepends=True))
    return [1, *(1 + ended for ended in ends)]
