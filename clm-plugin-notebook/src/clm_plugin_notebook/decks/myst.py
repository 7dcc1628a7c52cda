"""Decks that are MyST notebooks: `{code-cell}` directives are code, all else is text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from clm import ConversionError, Place
from clm_plugin_notebook.decks.deck import Deck, DeckBuilder
from clm_plugin_notebook.decks.headers import metadata_header
from clm_plugin_notebook.decks.templates import Expansion
from clm_plugin_notebook.languages import ProgLang
from clm_plugin_notebook.lazy_jupyter import jupytext

_CODE_CELL = re.compile(r"^(?:`{3,}|~{3,}|:{3,})\s*\{code-cell\}[ \t]*([^\s{]*)", re.M)
_YAML_HEADER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$", re.S | re.M)
_FORMAT_NAME = re.compile(r"^\s*format_name:\s*[\"']?([\w-]+)", re.M)
_READ = ("markdown", "myst")


def is_myst(text: str, source: str) -> bool:
    """Whether a Markdown text is a MyST notebook, by its YAML header or its directives.

    Raises:
        ConversionError: the header declares a format that is neither Markdown nor MyST.
    """
    header = _YAML_HEADER.match(text)
    declared = _FORMAT_NAME.search(header[1]) if header else None
    if declared is None:
        return _CODE_CELL.search(text) is not None
    if declared[1] not in _READ:
        raise ConversionError(
            f"the deck is in the format {declared[1]!r}, which is not supported",
            place=Place(source),
            hint=f"convert it with jupytext; supported in .md files: {', '.join(_READ)}",
        )
    return declared[1] == "myst"


def read_myst(expansion: Expansion, prog_lang: ProgLang, languages: Iterable[str] = ()) -> Deck:
    """Return the cells of an expanded MyST notebook, as jupytext reads them.

    Raises:
        ConversionError: the metadata of a cell is not YAML or JSON, or a cell names another
            language than the deck's.
        InvalidDeckError: metadata of cells is invalid; it has the errors of all cells.
    """
    _check_languages(expansion, prog_lang)
    lines = expansion.text.split("\n")
    builder = DeckBuilder(
        expansion.place_of, lambda cell: lines[cell.line - 1].strip() or cell.first_line, languages
    )
    # jupytext validates the header as the metadata of a notebook, which authors shorten.
    text = _YAML_HEADER.sub(lambda match: "\n" * match[0].count("\n"), expansion.text)
    try:
        notebook = jupytext.myst.myst_to_notebook(text, add_source_map=True)
    except jupytext.myst.MystMetadataParsingError as error:
        raise ConversionError(
            f"the metadata of a cell cannot be read: {error}", place=Place(expansion.source)
        ) from error
    for node, line in zip(notebook.cells, notebook.metadata.source_map, strict=True):
        header = metadata_header(node.cell_type, node.metadata)
        first = min(max(line, 0) + 1, len(lines))
        builder.add(header, node.source, line=first, source_line=_source_line(lines, first, node))
    return builder.deck()


def _check_languages(expansion: Expansion, prog_lang: ProgLang) -> None:
    names = {name.lower() for name in ("", *prog_lang.names, prog_lang.kernel, prog_lang.lexer)}
    for match in _CODE_CELL.finditer(expansion.text):
        if match[1].lower() not in names:
            line = expansion.text.count("\n", 0, match.start()) + 1
            raise ConversionError(
                f"the code cell is in {match[1]!r}, but the deck's language is {prog_lang.name!r}",
                place=expansion.place(line),
                hint="name the deck's kernel under `kernelspec` in its YAML header, "
                "or set `prog-lang` of the topic",
                excerpt=match[0],
            )


def _source_line(lines: list[str], first: int, node: object) -> int:
    source = str(getattr(node, "source", "")).split("\n", 1)[0]
    following = range(first, len(lines) + 1)
    return next((n for n in following if lines[n - 1] == source), first)
