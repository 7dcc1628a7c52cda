"""Decks in R Markdown: chunks are code, all else is text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from clm import ConversionError
from clm_plugin_notebook.decks.cells import RAISES_EXCEPTION, SKIP_EXECUTION
from clm_plugin_notebook.decks.deck import Deck, DeckBuilder
from clm_plugin_notebook.decks.formats.cell_starts import FoundCell, MetadataError, find_cells
from clm_plugin_notebook.decks.formats.markdown import text_lines_like_headers
from clm_plugin_notebook.decks.headers import metadata_header
from clm_plugin_notebook.decks.hiding.header_lookalikes import Lookalikes
from clm_plugin_notebook.decks.templates import Expansion
from clm_plugin_notebook.languages import MARKDOWN_COMMENT, ProgLang

_FORMAT = "rmarkdown"
_CHUNK = re.compile(r"`{3,}\{(\w+)")
_READ = frozenset({"tags", "slideshow"})
_MARK = re.compile(r"\s*(?:<!--|`{3,})")
_TAGS_OF_OPTIONS = (
    ("eval", False, SKIP_EXECUTION),
    ("error", True, RAISES_EXCEPTION),
    ("include", False, "remove-cell"),
    ("echo", False, "remove-input"),
)
# Options of knitr within the code, which jupytext does not read.
_OPTION = re.compile(r"\s*#\s*\|\s*(?:tags|lang|include|eval|echo|output)\s*:")


def read_r_markdown(
    expansion: Expansion, prog_lang: ProgLang, languages: Iterable[str] = ()
) -> Deck:
    """Return the cells of an expanded deck, as jupytext reads them.

    Chunks with `eval=FALSE` are shown and not run, those with `error=TRUE` may fail.

    Raises:
        ConversionError: options of a chunk cannot be read, or a chunk is in another language.
        InvalidDeckError: options are invalid; it has the errors of all cells.
    """
    lines = expansion.text.split("\n")
    builder = DeckBuilder(
        expansion.place_of, lambda cell: lines[cell.line - 1].strip() or cell.first_line, languages
    )
    lookalikes = Lookalikes.of(MARKDOWN_COMMENT, expansion)
    try:
        cells = find_cells("\n".join(lines), ".Rmd", _FORMAT)
    except MetadataError as error:
        raise error.at(expansion.place(error.line)) from error
    for found in cells:
        _check_language(found, lines, expansion, prog_lang)
        header = metadata_header(found.type, with_knitr_options(found.metadata))
        start = found.start + (found.type == "code")
        cell = builder.add(header, found.source, line=found.start + 1, source_line=start + 1)
        mark = lines[found.start : found.start + 2]
        unread = not _READ & found.metadata.keys() and _MARK.match(mark[0]) is not None
        builder.check_mark(mark, cell, divided=True, unread=unread)
        for index in _lines_like_headers(found, lookalikes):
            builder.report_lookalike(found.source.split("\n")[index], cell, index + 1)
    return builder.deck()


def with_knitr_options(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the metadata with tags for knitr's options.

    jupytext makes tags of `include=FALSE` and `echo=FALSE` itself, but not of `F`.
    """
    own = [tag for name, value, tag in _TAGS_OF_OPTIONS if metadata.get(name) is value]
    tags = metadata.get("tags", [])
    return {**metadata, "tags": [*tags, *own]} if own and isinstance(tags, list) else metadata


def _check_language(
    found: FoundCell, lines: list[str], expansion: Expansion, prog_lang: ProgLang
) -> None:
    chunk = _CHUNK.match(lines[found.start]) if found.type == "code" else None
    if chunk is None or found.metadata.get("eval") is False:
        return
    language = str(found.metadata.get("engine") or chunk[1])
    # IPython runs chunks in other languages by its magics.
    by_magic = prog_lang.name == "python" and "engine" not in found.metadata
    if not by_magic and language.lower() not in prog_lang.names:
        raise ConversionError(
            f"the chunk is in {language!r}, but the deck's language is {prog_lang.name!r}",
            place=expansion.place(found.start + 1),
            hint="name the deck's kernel under `kernelspec` in its YAML header, "
            "or give the chunk the option `eval=FALSE` to show it only",
        )


def _lines_like_headers(found: FoundCell, lookalikes: Lookalikes) -> Iterator[int]:
    lines = found.source.split("\n")
    if found.type != "code":
        yield from text_lines_like_headers(lines, lookalikes)
        return
    yield from (index for index, line in enumerate(lines) if _OPTION.match(line))
