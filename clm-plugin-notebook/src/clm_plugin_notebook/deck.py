"""A deck in percent format, read into cells."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

import jupytext
from attrs import frozen

from clm import ConversionError, Diagnostic, Severity
from clm_plugin_notebook.cells import JUPYTER_TAGS, KNOWN_TAGS, SLIDE_TAGS, Cell
from clm_plugin_notebook.expansion import Expansion
from clm_plugin_notebook.headers import Header, HeaderError, parse_header
from clm_plugin_notebook.languages import ProgLang

_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
_LINE_KEY = "clm_line"
_HEADER_HINT = 'a header looks like `%% [markdown] lang="en" tags=["slide"]`'


@frozen
class Deck:
    """The cells of a deck in their order, and the warnings that reading them gave."""

    cells: tuple[Cell, ...]
    warnings: tuple[Diagnostic, ...]


def read_deck(expansion: Expansion, prog_lang: ProgLang) -> Deck:
    """The cells of an expanded deck.

    Raises:
        ConversionError: headers of cells cannot be read; it holds all of them.
    """
    reader = _Reader(expansion, prog_lang)
    cells = tuple(reader.cells())
    if reader.errors:
        first, *others = reader.errors
        raise ConversionError(
            first.message,
            place=first.place,
            hint=first.hint,
            excerpt=first.excerpt,
            also=(*others, *reader.warnings),
        )
    return Deck(cells, tuple(reader.warnings))


class _Reader:
    """Reads one deck.

    jupytext decides what is a cell (`# %%` within a string is none) and what its source is.
    The headers are read here; in their place jupytext is given one that holds only the
    cell's type and the line, by which the two are brought together again.
    """

    def __init__(self, expansion: Expansion, prog_lang: ProgLang) -> None:
        comment = re.escape(prog_lang.comment)
        self._expansion = expansion
        self._prog_lang = prog_lang
        self._lines = expansion.text.split("\n")
        self._header = re.compile(
            rf"\s*{comment}\s*(?:%%+(?:\s+(.*))?|<codecell>|In\[[0-9 ]*\]:?)\s*"
        )
        self._stand_in = re.compile(rf"{comment} %%(?: \[\w+\])? {_LINE_KEY}=([0-9]+)")
        self._unknown_tags: dict[str, list[Cell]] = {}
        self.errors: list[Diagnostic] = []
        self.warnings: list[Diagnostic] = []

    def cells(self) -> Iterable[Cell]:
        headers: dict[int, Header | HeaderError] = {}
        text = list(self._lines)
        for number, line in enumerate(self._lines, start=1):
            if match := self._header.fullmatch(line):
                headers[number] = header = _try_header(match[1] or "")
                text[number - 1] = self._stand_in_for(header, number)
        notebook = jupytext.reads("\n".join(text), fmt=self._prog_lang.percent_format)
        for number, node in enumerate(notebook.cells, start=1):
            at = int(node.metadata.get(_LINE_KEY, 0))
            found = headers.get(at, Header(type=node.cell_type))
            yield self._cell(found, node.source, number, at)
        for tag, cells in self._unknown_tags.items():
            self._report(Severity.WARNING, _unknown_tag(tag, len(cells)), cells[0])

    def _stand_in_for(self, header: Header | HeaderError, line: int) -> str:
        cell_type = header.type if isinstance(header, Header) else "code"
        marker = "" if cell_type == "code" else f" [{cell_type}]"
        return f"{self._prog_lang.comment} %%{marker} {_LINE_KEY}={line}"

    def _cell(self, found: Header | HeaderError, text: str, number: int, line: int) -> Cell:
        header = found if isinstance(found, Header) else Header()
        source = self._stand_in.sub(lambda match: self._lines[int(match[1]) - 1], text)
        cell = Cell(
            type=header.type,
            source=source,
            tags=frozenset(header.tags),
            language=header.language,
            slide_type=header.slide_type or _slide_type(header.tags),
            number=number,
            line=max(line, 1),
            source_line=self._source_line(line, source),
        )
        if isinstance(found, HeaderError):
            self._report(Severity.ERROR, f"the cell's header is not clear: {found}", cell)
        for message in _remarks(header):
            self._report(Severity.WARNING, message, cell)
        for tag in header.tags:
            if tag not in KNOWN_TAGS | JUPYTER_TAGS:
                self._unknown_tags.setdefault(tag, []).append(cell)
        return cell

    def _source_line(self, header_line: int, source: str) -> int:
        if header_line:
            return header_line + 1
        # What stands before the first header may itself stand behind blank lines or metadata.
        first = source.split("\n", 1)[0]
        return self._lines.index(first) + 1 if first in self._lines else 1

    def _report(self, severity: Severity, message: str, cell: Cell) -> None:
        place = self._expansion.place(cell.line, cell.name)
        diagnostic = Diagnostic(
            message,
            severity,
            place,
            hint=_HEADER_HINT if "header" in message else None,
            excerpt=self._lines[cell.line - 1].strip(),
        )
        (self.errors if severity is Severity.ERROR else self.warnings).append(diagnostic)


def _try_header(text: str) -> Header | HeaderError:
    try:
        return parse_header(text)
    except HeaderError as error:
        return error


def _slide_type(tags: Sequence[str]) -> str | None:
    return next((tag for tag in tags if tag in SLIDE_TAGS), None)


def _unknown_tag(tag: str, count: int) -> str:
    near = difflib.get_close_matches(tag, KNOWN_TAGS, n=1)
    cells = f" on {count} cells, first on this one" if count > 1 else ""
    return f"unknown tag {tag!r}{cells}" + (f"; did you mean {near[0]!r}?" if near else "")


def _remarks(header: Header) -> Iterable[str]:
    for remark in header.remarks:
        yield f"the cell's header is odd, but clear: {remark}"
    slide_tags = [tag for tag in header.tags if tag in SLIDE_TAGS]
    if len(slide_tags) > 1:
        yield f"several slide tags, {slide_tags[0]!r} counts: {', '.join(slide_tags)}"
    if header.language is not None and not _LANGUAGE_CODE.fullmatch(header.language):
        yield f"lang {header.language!r} is not a language code: no output has the cell"
