"""Decks that are MyST notebooks: `{code-cell}` directives are code, all else is text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from nbformat.validator import ValidationError

from clm import ConversionError, Place
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.deck import Deck, DeckBuilder
from clm_plugin_notebook.decks.formats.front_matter import declared_format
from clm_plugin_notebook.decks.formats.limited_yaml import YAMLError
from clm_plugin_notebook.decks.formats.markdown import text_lines_like_headers
from clm_plugin_notebook.decks.headers import metadata_header
from clm_plugin_notebook.decks.hiding.header_lookalikes import Lookalikes
from clm_plugin_notebook.decks.hiding.mistyped_metadata import (
    like_directives,
    names_hiding_tags,
    with_items,
)
from clm_plugin_notebook.decks.templates import Expansion
from clm_plugin_notebook.decks.text.markdown_syntax.directives import TEXT_BLOCKS
from clm_plugin_notebook.languages import MARKDOWN_COMMENT, ProgLang
from clm_plugin_notebook.lazy_jupyter import jupytext

_CODE_CELL = re.compile(r"^(?:`{3,}|~{3,}|:{3,})\s*\{code-cell\}[ \t]*([^\s{]*)([^\n]*)", re.M)
_RAW_CELL = re.compile(r"^ {0,3}(`{3,}|~{3,}|:{3,})\s*\{raw-cell\}([^\n]*)", re.M)
_FENCE = re.compile(r"\s*(`{3,}(?=[^`]*$)|~{3,})\s*(?:\{([\w:-]+)\})?(.*)")
_COMMENT = re.compile(r"((?: {0,3}(?:>|(?:[-*+]|\d+[.)])(?=\s)))* {0,3})%.*")
_DEEP_COMMENT = re.compile(r"((?:\s*(?:>|(?:[-*+]|\d+[.)])(?=\s)))*\s*)%.*")
_LIST = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s", re.M)
_OPTIONS_IN_LINE = re.compile(r"\b(?:tags?|lang)\b\s*[=:]")
_YAML_HEADER = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$", re.S | re.M)
# What is text for jupytext, but may be meant as a cell or its metadata.
_LIKE_CELL = re.compile(
    r"\s*(?:[-*+]\s+)?(?:\+{2,}\s*\{|[`~:]{3,}\s*\{\s*(?:code|raw)[-_ ]?cell\s*\})", re.I
)
_LIKE_OPTION = re.compile(r"\s*(?:(?:#\s*\||:)\s*(?:tags?|lang)\s*:|tags?\s*:\s*\[)", re.I)
_COMMENTED_BREAK = re.compile(r"\s*%\+{2}")  # what follows would be shown
_ASSIGNMENT = re.compile(r"\s*\w+\s*=|.*[\w)]\s*\(")
_READ = ("markdown", "myst")


def is_myst(text: str, source: str) -> bool:
    """Whether a Markdown text is a MyST notebook, by its YAML header or its directives.

    Raises:
        ConversionError: the header declares a format that is neither Markdown nor MyST.
    """
    declared = declared_format(text)
    if not declared:
        return _CODE_CELL.search(text) is not None or _RAW_CELL.search(text) is not None
    if declared not in _READ:
        raise ConversionError(
            f"the deck is in the format {declared!r}, which is not supported",
            place=Place(source),
            hint=f"convert it with jupytext; supported in .md files: {', '.join(_READ)}",
        )
    return declared == "myst"


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
    except (jupytext.myst.MystMetadataParsingError, ValidationError, YAMLError) as error:
        raise ConversionError(
            f"the metadata of a cell cannot be read: {str(error).strip().splitlines()[0]}",
            place=Place(expansion.source),
            hint='write it like `:tags: [notes]`, or `+++ {"tags": ["notes"]}` for text',
        ) from error
    lookalikes = Lookalikes.of(MARKDOWN_COMMENT, expansion)
    for node, line in zip(notebook.cells, notebook.metadata.source_map, strict=True):
        header = metadata_header(node.cell_type, node.metadata)
        is_text = node.cell_type == "markdown"
        written = node.source.split("\n")
        node.source = _without_comments(node.source) if is_text else node.source
        first = min(max(line, 0) + 1, len(lines))
        at = _source_line(lines, first, node)
        cell = builder.add(header, node.source, line=first, source_line=at)
        if at > first or not is_text:
            builder.check_mark(lines[first - 1 : max(at - 1, first)], cell)
        for index, text in enumerate(written if is_text else ()):
            if _COMMENTED_BREAK.match(text) and names_hiding_tags(text):
                builder.report_lookalike(text, cell, index + 1)
        for number, text in _lines_like_headers(cell, lookalikes):
            builder.report_lookalike(text, cell, number)
    return builder.deck()


def _lines_like_headers(cell: Cell, lookalikes: Lookalikes) -> Iterator[tuple[int, str]]:
    lines = cell.source.split("\n")
    if cell.type == "code":  # options that are not above the code, or not written as such
        options = (n for n, line in enumerate(lines) if _is_like_option(lines, n))
        found: Iterable[int] = sorted({*options, *like_directives(lines)})
    else:
        directives = (n for n, line in enumerate(lines) if _LIKE_CELL.match(line))
        found = chain(text_lines_like_headers(lines, lookalikes), directives)
    yield from ((index + 1, lines[index]) for index in found)


def _is_like_option(lines: Sequence[str], index: int) -> bool:
    line = lines[index]
    is_mistyped = not _ASSIGNMENT.match(line) and names_hiding_tags(with_items(lines, index))
    return is_mistyped or _LIKE_OPTION.match(line) is not None


def _without_comments(text: str) -> str:
    """Return the text with MyST's comments empty; code in fences is kept.

    Comments are lines that begin with `%`, also in lists, quotes and boxes. Students would see them
    in the notebook.
    """
    # Without a list, what is indented by more is code.
    comment = _DEEP_COMMENT if _LIST.search(text) else _COMMENT
    lines = []
    open_fences: list[tuple[str, bool]] = []  # their marks, and whether their content is text
    for line in text.split("\n"):
        in_code = bool(open_fences) and not open_fences[-1][1]
        fence, found = _FENCE.fullmatch(line), comment.fullmatch(line)
        if fence and open_fences and fence[1].startswith(open_fences[-1][0]) and not fence[3]:
            open_fences.pop()
        elif fence and not in_code:
            open_fences.append((fence[1], fence[2] in TEXT_BLOCKS))
        lines.append(found[1].rstrip() if found and not in_code else line)
    return "\n".join(lines)


def _check_languages(expansion: Expansion, prog_lang: ProgLang) -> None:
    for match in _RAW_CELL.finditer(expansion.text):
        _check_options(match, expansion)
    names = {name.lower() for name in ("", *prog_lang.names, prog_lang.kernel, prog_lang.lexer)}
    for match in _CODE_CELL.finditer(expansion.text):
        _check_options(match, expansion)
        if match[1].lower() not in names:
            line = expansion.text.count("\n", 0, match.start()) + 1
            raise ConversionError(
                f"the code cell is in {match[1]!r}, but the deck's language is {prog_lang.name!r}",
                place=expansion.place(line),
                hint="name the deck's kernel under `kernelspec` in its YAML header, "
                "or set `prog-lang` of the topic",
                excerpt=match[0],
            )


def _check_options(match: re.Match[str], expansion: Expansion) -> None:
    if _OPTIONS_IN_LINE.search(match[2]):
        line = expansion.text.count("\n", 0, match.start()) + 1
        raise ConversionError(
            "the options of a cell must stand in lines of their own",
            place=expansion.place(line),
            hint="write `:tags: [notes]` below this line",
            excerpt=match[0],
        )


def _source_line(lines: list[str], first: int, node: object) -> int:
    source = str(getattr(node, "source", "")).split("\n", 1)[0]
    following = range(first, len(lines) + 1)
    return next((n for n in following if lines[n - 1] == source), first)
