"""Decks in percent format, in any programming language."""

from __future__ import annotations

import re
from collections.abc import Iterable

from clm_plugin_notebook.decks.deck import Deck, DeckBuilder
from clm_plugin_notebook.decks.headers import Header, HeaderError, try_header
from clm_plugin_notebook.decks.templates import Expansion
from clm_plugin_notebook.languages import ProgLang
from clm_plugin_notebook.lazy_jupyter import jupytext

_LINE_KEY = "clm_line"


def read_percent(expansion: Expansion, prog_lang: ProgLang, languages: Iterable[str] = ()) -> Deck:
    """Read the cells of an expanded deck in percent format.

    Raises:
        InvalidDeckError: cell headers are invalid; it has the errors of all of them.
    """
    return _Reader(expansion, prog_lang, languages).deck()


class _Reader:
    """Reads one deck.

    jupytext splits the deck into cells (`# %%` in a string does not start a cell) and determines
    their sources. The headers are parsed here; jupytext gets stand-ins with only the type of the
    cell and the line number, by which headers and cells are matched afterwards.
    """

    def __init__(self, expansion: Expansion, prog_lang: ProgLang, languages: Iterable[str]) -> None:
        comment = re.escape(prog_lang.comment)
        self._prog_lang = prog_lang
        self._lines = expansion.text.split("\n")
        self._builder = DeckBuilder(
            expansion.place_of, lambda cell: self._lines[cell.line - 1].strip(), languages
        )
        self._header = re.compile(
            rf"\s*{comment}\s*(?:%%+(?:\s+(.*))?|<codecell>|In\[[0-9 ]*\]:?)\s*"
        )
        self._stand_in = re.compile(rf"{comment} %%(?: \[\w+\])? {_LINE_KEY}=([0-9]+)")

    def deck(self) -> Deck:
        headers: dict[int, Header | HeaderError] = {}
        text = list(self._lines)
        for number, header_line in enumerate(self._lines, start=1):
            if match := self._header.fullmatch(header_line):
                headers[number] = header = try_header(match[1] or "")
                text[number - 1] = self._stand_in_for(header, number)
        notebook = jupytext.reads("\n".join(text), fmt=self._prog_lang.percent_format)
        for node in notebook.cells:
            line: int = node.metadata.get(_LINE_KEY, 0)
            if not line and not node.source.strip():
                continue  # blank lines before the first header
            source = self._stand_in.sub(lambda m: self._lines[int(m[1]) - 1], node.source)
            self._builder.add(
                headers.get(line, Header(type=node.cell_type)),
                source,
                line=max(line, 1),
                source_line=self._source_line(line, source),
            )
        return self._builder.deck()

    def _stand_in_for(self, header: Header | HeaderError, line: int) -> str:
        cell_type = header.type if isinstance(header, Header) else header.cell_type
        marker = "" if cell_type == "code" else f" [{cell_type}]"
        return f"{self._prog_lang.comment} %%{marker} {_LINE_KEY}={line}"

    def _source_line(self, header_line: int, source: str) -> int:
        if header_line:
            return header_line + 1
        # Code before the first header may follow blank lines or metadata.
        first = source.split("\n", 1)[0]
        return self._lines.index(first) + 1 if first in self._lines else 1
