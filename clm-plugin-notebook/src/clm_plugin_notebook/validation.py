"""Validation of a deck without running its code.

The deck is converted to pages as in a build but not executed, and the pages are discarded, or not
put together if nothing reads them. The messages are those of a build. Loaded by `clm validate`
only.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve

from clm import ConversionError, Diagnostic, FileInput, Job, JobRequest, PlanContext, SourceFile
from clm_plugin_notebook.conversion import Conversion
from clm_plugin_notebook.copied_files import is_page
from clm_plugin_notebook.extensions.registered import NO_EXTENSIONS, Extensions
from clm_plugin_notebook.kernels.pool import KernelPool
from clm_plugin_notebook.languages import prog_langs
from clm_plugin_notebook.pages.pdf import PdfPrinter
from clm_plugin_notebook.pages.renderer import PageRenderer
from clm_plugin_notebook.payload import SANITISED, TOPIC_FOLDER, NotebookOutput, NotebookSettings
from clm_plugin_notebook.planning.plan import plan
from clm_plugin_notebook.planning.source_info import unknown_prog_lang

# Names in a message: in quotes, in backticks, or after a colon or a noun.
_NAMED = re.compile(r"'([^']+)'|`([^`]+)`|(?:image|link|tags:) ([^\s,]+)")
_PAGES = ("html", "slides", "pdf")
# The conversion reads no larger files but decks and pages; decks only link to them.
_MAX_READ = 1_000_000


def check(
    source: SourceFile, context: PlanContext, extensions: Extensions = NO_EXTENSIONS
) -> Iterator[Diagnostic]:
    """Yield the errors and warnings of a build of the deck, except those from running its code.

    Diagnostics located in the deck get the column of the name that they mention.

    Raises:
        ConversionError: the deck cannot be planned.
    """
    settings: NotebookSettings = context.settings or NotebookSettings()
    yield from unknown_prog_lang(source, context, prog_langs(settings.prog_langs).values())
    lines: list[str] = []
    for diagnostic in _found(source, context, extensions):
        lines = lines or source.read_text().split("\n")
        own = diagnostic.place is not None and diagnostic.place.file == source.course_path
        yield _with_column(diagnostic, lines) if own else diagnostic


def _found(
    source: SourceFile, context: PlanContext, extensions: Extensions
) -> Iterator[Diagnostic]:
    # A deck that cannot be planned has no requests; planning it again gives the reason.
    for request in context.requests or plan(source, context, extensions):
        payload = evolve(
            request.payload, outputs=tuple(_pages(request.payload.outputs)), evaluate=False
        )
        with TemporaryDirectory(prefix="clm-validate-") as name:
            job = _job(request, Path(name))
            is_read = bool(payload.additions.page_transforms)
            tools = (_renderer(only_parts=not is_read), PdfPrinter(), KernelPool())
            checked = request.payload.outputs
            conversion = Conversion(payload, job, *tools, recover=True, checked=checked)
            try:
                yield from conversion.run().diagnostics
            except ConversionError as error:
                yield from error.diagnostics


def _with_column(diagnostic: Diagnostic, lines: Sequence[str]) -> Diagnostic:
    place = diagnostic.place
    if place is None or place.line is None or not 1 <= place.line <= len(lines):
        return diagnostic
    line = lines[place.line - 1]
    names = (name for match in _NAMED.finditer(diagnostic.message) for name in match.groups())
    name = next((name for name in names if name and name in line), None)
    if name is None or place.column is not None:
        return diagnostic
    return evolve(diagnostic, place=evolve(place, column=line.index(name) + 1), excerpt=name)


def _pages(outputs: Iterable[NotebookOutput]) -> Iterable[NotebookOutput]:
    """Return one page for each audience, or all outputs if there are no pages."""
    everything = tuple(outputs)
    pages = {
        (output.language, output.kind, output.public): evolve(output, format="html")
        for output in everything
        if output.format in _PAGES
    }
    return tuple(pages.values()) or everything


def _job(request: JobRequest, folder: Path) -> Job:
    for file in request.inputs:
        target = folder / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(file, FileInput) and _is_read(file, request):
            shutil.copyfile(file.path, target)
        else:  # the output of another job, or a file that is only linked to
            target.touch()
    names = tuple(output.name for output in request.outputs)
    digests = {file.name: "" for file in request.inputs}
    return Job(folder, request.source, names, "validation", lambda: False, digests)


def _is_read(file: FileInput, request: JobRequest) -> bool:
    payload = request.payload
    decks = (f"{TOPIC_FOLDER}/{payload.source}", *(deck.name for deck in payload.companions))
    is_sanitised = payload.page_options.html == SANITISED
    is_read = file.name in decks or (is_sanitised and is_page(file.name))
    return is_read or file.path.stat().st_size <= _MAX_READ


@cache
def _renderer(*, only_parts: bool) -> PageRenderer:
    return PageRenderer(only_parts=only_parts)
