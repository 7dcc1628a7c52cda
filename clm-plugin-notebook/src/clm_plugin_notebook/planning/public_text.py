"""The text of a deck that students see, for the files that it names.

Decks are read without jupytext and Jinja, since planning reads them in every build. Where this
may be less exact than the conversion, text is left out: files that it names stay private.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve

from clm import FileInput, Place, PlanContext, SourceFile
from clm_plugin_notebook.additions import Additions
from clm_plugin_notebook.audiences import Audience, shown_cells, with_workshops
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.deck import DeckBuilder
from clm_plugin_notebook.decks.formats.markdown import read_markdown
from clm_plugin_notebook.decks.formats.notebook_json import parse_notebook
from clm_plugin_notebook.decks.formats.percent_cells import (
    PercentCell,
    percent_cells,
    percent_header,
)
from clm_plugin_notebook.decks.headers import Header, hides_cell, metadata_header, try_header
from clm_plugin_notebook.decks.hiding.header_lookalikes import Lookalikes
from clm_plugin_notebook.decks.templates import Expansion, is_template
from clm_plugin_notebook.decks.text_files import read_text
from clm_plugin_notebook.extensions.registered import NO_EXTENSIONS, Extensions
from clm_plugin_notebook.languages import (
    JUPYTER_SUFFIX,
    MARKDOWN_COMMENT,
    MARKDOWN_SUFFIX,
    QUARTO_SUFFIX,
    R_MARKDOWN_SUFFIX,
    ProgLang,
    R,
    by_name,
    by_suffix,
    prog_langs,
)
from clm_plugin_notebook.payload import NotebookSettings
from clm_plugin_notebook.planning.imports import imported_files
from clm_plugin_notebook.planning.kinds import refuse_unknown_kinds
from clm_plugin_notebook.planning.template_marks import MARK, with_marks

_FORMAT = re.compile(r"^\W*format_name:\s*[\"']?([\w-]+)", re.M)
_HIDDEN = Header(tags=("private",))
_VARIABLES = (
    *("is_notebook", "is_html", "lang", "languages", "comment", "author", "organization"),
    *("name", "source_name"),
)


def public_text(
    source: SourceFile, context: PlanContext, extensions: Extensions = NO_EXTENSIONS
) -> Iterator[str]:
    """Yield the texts of cells that outputs for students show, and names of imported modules.

    There are none for scripts in R or in other formats than percent, and for MyST notebooks.

    Raises:
        ConversionError: the deck cannot be read, or its cell headers are invalid.
    """
    settings: NotebookSettings = context.settings or NotebookSettings()
    langs = prog_langs(settings.prog_langs).values()
    text = read_text(source.path, source.course_path, settings.max_deck_megabytes)
    prog_lang = by_suffix(source.topic_path, langs) or by_name(context.prog_lang, langs)
    cells = _cells(text, source, prog_lang, tuple(context.course_name))
    chosen = extensions.chosen(settings.extensions, source.course_path)
    added = chosen.additions((v.kind for v in context.variants), "", source.course_path)
    refuse_unknown_kinds(source, context, added, extensions)
    shown = tuple(_public(cells, context, settings, added))
    yield from (cell.source for cell in shown)
    code = "\n".join(cell.source for cell in shown if cell.type == "code")
    files = {f.name: f.path for f in context.topic_files if isinstance(f, FileInput)}
    yield from imported_files(code, source.topic_path.parent, files)


def _public(
    cells: Sequence[Cell], context: PlanContext, settings: NotebookSettings, added: Additions
) -> Iterator[Cell]:
    outputs = dict.fromkeys((v.kind, v.format) for v in context.variants if v.public)
    for language in context.course_name:
        marked = with_workshops(cells, language)
        for kind, format in outputs:
            answers = settings.answers
            audience = Audience(language, kind, True, answers, format, additions=added)
            yield from shown_cells(marked, audience)


def _cells(
    text: str, source: SourceFile, prog_lang: ProgLang | None, languages: tuple[str, ...]
) -> tuple[Cell, ...]:
    suffix = source.topic_path.suffix
    if suffix == JUPYTER_SUFFIX:
        return _notebook_cells(text, source.course_path, languages)
    if prog_lang is None or suffix in (R_MARKDOWN_SUFFIX, QUARTO_SUFFIX):
        return ()
    is_markdown = suffix == MARKDOWN_SUFFIX
    comment = MARKDOWN_COMMENT if is_markdown else prog_lang.comment
    if is_template(text, comment, _VARIABLES):
        text = with_marks(text, comment)
    if is_markdown:
        if "-cell}" in text or _declares_other(text, "markdown"):
            return ()
        expansion = Expansion.of_plain_text(text, source.course_path)
        return _before_marks(read_markdown(expansion, prog_lang, languages).cells)
    return _before_marks(_script_cells(text, prog_lang, languages))


def _notebook_cells(text: str, file: str, languages: Iterable[str]) -> tuple[Cell, ...]:
    builder = _builder(languages)
    for node in parse_notebook(text, file)["cells"]:
        builder.add(metadata_header(node["cell_type"], node["metadata"]), node["source"])
    return builder.deck().cells


def _script_cells(text: str, prog_lang: ProgLang, languages: Iterable[str]) -> tuple[Cell, ...]:
    # In R, any string may contain lines that look like headers.
    is_r = prog_lang.percent_format == R.percent_format
    if is_r or _declares_other(text, "percent", "hydrogen"):
        return ()
    cells = percent_cells(text.splitlines(), prog_lang.comment)
    if len(cells) == 1 or _has_lookalikes(cells, prog_lang.comment):
        return ()  # without headers, jupytext guesses the format
    builder = _builder(languages)
    for cell in cells:
        header = try_header(cell.header or "") if cell.certain else _HIDDEN
        builder.add(header, "\n".join(cell.lines), source_line=2)
    return builder.deck().cells


def _declares_other(text: str, *known: str) -> bool:
    """Whether the text may declare a format that is not known.

    It is searched everywhere, since templates may move the header.
    """
    return any(name not in known for name in _FORMAT.findall(text))


def _has_lookalikes(cells: Iterable[PercentCell], comment: str) -> bool:
    """Whether a line may be a header that CLM does not read, so that the deck is refused."""
    lookalikes, header = Lookalikes.of(comment), percent_header(comment)
    lines = (line for cell in cells for line in cell.lines)
    unlike = (line for line in lines if not lookalikes.magic.match(line))
    found = (header.fullmatch(line) for line in unlike if lookalikes.matches(line))
    return any(match is None or _hides(match) for match in found)


def _hides(header: re.Match[str]) -> bool:
    return hides_cell(try_header(header["spaced"] or header["glued"] or ""))


def _before_marks(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """The cells up to their marks; text without a header of its own goes on behind one."""
    found = []
    cut = False
    for cell in cells:
        cut = cut and cell.line == cell.source_line
        text, mark, _ = cell.source.partition(MARK)
        found.append(evolve(cell, source="" if cut else text))
        cut = cut or bool(mark)
    return tuple(found)


def _builder(languages: Iterable[str]) -> DeckBuilder:
    return DeckBuilder(lambda cell, line: Place("", line), lambda cell: "", languages)
