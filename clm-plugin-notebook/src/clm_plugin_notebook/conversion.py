"""One deck to all its outputs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import frozen

from clm import Diagnostic, Job, Place, Result
from clm_plugin_notebook.cell_errors import skipped_errors
from clm_plugin_notebook.cells import Cell
from clm_plugin_notebook.deck import Deck, read_deck
from clm_plugin_notebook.execution import ExecutionKey, execute, execution_key
from clm_plugin_notebook.expansion import Expansion, TemplateFolder, expand
from clm_plugin_notebook.kernel import KernelOptions
from clm_plugin_notebook.kinds import KINDS, shown_cell
from clm_plugin_notebook.languages import PROG_LANGS
from clm_plugin_notebook.payload import (
    TEMPLATES_FOLDER,
    TOPIC_FOLDER,
    NotebookOutput,
    NotebookPayload,
)
from clm_plugin_notebook.rendering import (
    Page,
    PageRenderer,
    cell_ids,
    render_code,
    render_notebook,
)
from clm_plugin_notebook.results import CellRun, Execution

_SCRATCH_FOLDER = "scratch"
_PACKAGE_TEMPLATES = Path(__file__).parent / "templates"


@frozen
class _Reading:
    """A deck as it reads in one language and format."""

    expansion: Expansion
    deck: Deck
    ids: Mapping[int, str]


class Conversion:
    """Converts one deck: reads it for each language and format, runs each sequence of code once."""

    def __init__(self, payload: NotebookPayload, job: Job, renderer: PageRenderer) -> None:
        self._payload = payload
        self._job = job
        self._renderer = renderer
        self._prog_lang = PROG_LANGS[payload.prog_lang]
        self._readings: dict[tuple[str, str], _Reading] = {}
        self._executions: dict[ExecutionKey, Execution] = {}
        self._diagnostics: dict[Diagnostic, None] = {}

    def run(self) -> Result:
        """All outputs of the payload, or the error that stands in their way."""
        outputs = {output.name: self._render(output) for output in self._payload.outputs}
        return Result(
            outputs,
            diagnostics=tuple(self._diagnostics),
            metadata={"executions": sum(map(bool, self._executions))},
        )

    def _render(self, output: NotebookOutput) -> bytes:
        reading = self._reading(output)
        page = _page(output, reading)
        if output.format == "code":
            return render_code(page, self._prog_lang)
        if output.format == "notebook":
            return render_notebook(page, self._prog_lang)
        executed = self._payload.evaluate and KINDS[output.kind].executed
        execution = self._execution(page, reading) if executed else None
        return self._renderer.render(page, self._prog_lang, execution)

    def _reading(self, output: NotebookOutput) -> _Reading:
        key = (output.language, output.format)
        if key not in self._readings:
            expansion = expand(
                self._job.folder / TOPIC_FOLDER / self._payload.source,
                self._job.source,
                self._template_folders(),
                comment=self._prog_lang.comment,
                variables=self._variables(output),
            )
            deck = read_deck(expansion, self._prog_lang)
            ids = zip((c.number for c in deck.cells), cell_ids(deck.cells), strict=True)
            self._readings[key] = _Reading(expansion, deck, dict(ids))
            self._diagnostics |= dict.fromkeys(deck.warnings)
        return self._readings[key]

    def _template_folders(self) -> list[TemplateFolder]:
        # A file beside the deck may be included, but does not replace the course's macros.
        deck = PurePosixPath(self._payload.source)
        return [
            TemplateFolder(self._job.folder / TEMPLATES_FOLDER, f"{TEMPLATES_FOLDER}/"),
            TemplateFolder(_PACKAGE_TEMPLATES / self._prog_lang.name, "clm_plugin_notebook/"),
            TemplateFolder(
                self._job.folder / TOPIC_FOLDER / deck.parent,
                self._job.source.removesuffix(deck.name),
            ),
        ]

    def _variables(self, output: NotebookOutput) -> Mapping[str, Any]:
        return {
            "is_notebook": output.format == "notebook",
            "is_html": output.format == "html",
            "lang": output.language,
            "author": self._payload.author,
            "organization": self._payload.organization.get(output.language, ""),
            "name": output.title,
            "source_name": PurePosixPath(self._payload.source).name,
        }

    def _execution(self, page: Page, reading: _Reading) -> Execution:
        cells = [cell for cell in page.cells if cell.type == "code"]
        key = execution_key(cells)
        if key not in self._executions:
            self._executions[key] = self._execute(cells, reading.expansion)
        return self._executions[key]

    def _execute(self, cells: list[Cell], expansion: Expansion) -> Execution:
        def place_of(cell: Cell, line: int | None) -> Place:
            expanded_line = cell.line if line is None else cell.source_line + line - 1
            return expansion.place(expanded_line, cell.name)

        def run() -> bytes:
            return execute(
                cells,
                self._kernel_options(),
                skip_errors=self._payload.skip_errors,
                place_of=place_of,
                is_cancelled=self._job.is_cancelled,
            ).to_bytes()

        if not any(cell.source.strip() for cell in cells):
            return Execution(tuple(CellRun((), None) for _ in cells))
        execution = Execution.from_bytes(self._job.memo(self._execution_parts(cells), run))
        self._diagnostics |= dict.fromkeys(skipped_errors(cells, execution, place_of))
        return execution

    def _execution_parts(self, cells: list[Cell]) -> Any:
        """All that the results of the cells depend on: an edit to the deck's text is not of it."""
        deck = f"{TOPIC_FOLDER}/{self._payload.source}"
        return {
            "cells": execution_key(cells),
            "deck": self._payload.source,
            "files": {
                name: digest
                for name, digest in self._job.input_digests.items()
                if name.startswith(f"{TOPIC_FOLDER}/") and name != deck
            },
            "prog_lang": self._payload.prog_lang,
            "skip_errors": self._payload.skip_errors,
        }

    def _kernel_options(self) -> KernelOptions:
        # A copy of the topic each: what the code writes there is not seen by the next kernel.
        scratch = self._job.folder / _SCRATCH_FOLDER / str(len(self._executions))
        topic = scratch / TOPIC_FOLDER
        shutil.copytree(self._job.folder / TOPIC_FOLDER, topic)
        # The results of the code do not depend on the deck's text, so the code cannot read it.
        (topic / self._payload.source).unlink()
        return KernelOptions(
            folder=topic / PurePosixPath(self._payload.source).parent,
            scratch=scratch / "kernel",
            start_timeout=self._payload.kernel_start_timeout,
            cell_timeout=self._payload.cell_timeout,
        )


def _page(output: NotebookOutput, reading: _Reading) -> Page:
    shown = [
        cell
        for original in reading.deck.cells
        if (
            cell := shown_cell(
                original, language=output.language, kind=output.kind, public=output.public
            )
        )
    ]
    return Page(shown, [reading.ids[c.number] for c in shown], output.title, output.language)
