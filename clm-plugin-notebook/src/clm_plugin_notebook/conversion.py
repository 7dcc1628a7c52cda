"""Conversion of a deck to all its outputs."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import is_
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import evolve, frozen

from clm import Diagnostic, Job, Result
from clm_plugin_notebook.absent_files import absent_files, named_absent_files
from clm_plugin_notebook.audiences import (
    Audience,
    run_cells,
    shown_cells,
    with_grade_ids,
    with_workshops,
)
from clm_plugin_notebook.cell_ids import cell_ids
from clm_plugin_notebook.copied_files import copied_files
from clm_plugin_notebook.cross_references import CrossReferences
from clm_plugin_notebook.decks.cells import Cell, PlaceOf
from clm_plugin_notebook.decks.deck import Deck, InvalidDeckError
from clm_plugin_notebook.decks.own_language import cells_of_others
from clm_plugin_notebook.decks.text.file_names import with_real_names
from clm_plugin_notebook.decks.voiceover import Companion, with_voiceovers
from clm_plugin_notebook.extensions.code import ExtensionCode
from clm_plugin_notebook.kernels.client import RunLimits
from clm_plugin_notebook.kernels.errors import skipped_errors
from clm_plugin_notebook.kernels.execution import CodeRun, ExecutionKey, execution_key
from clm_plugin_notebook.kernels.hidden_code import without_hidden_code
from clm_plugin_notebook.kernels.pool import KernelPool
from clm_plugin_notebook.kernels.process import KernelLimits
from clm_plugin_notebook.kernels.results import NO_RESULT, Execution
from clm_plugin_notebook.kernels.secrets import secrets_in
from clm_plugin_notebook.kernels.spec import KernelChoice, installed_kernel, python_kernel
from clm_plugin_notebook.linked_headings import LinkedHeadings
from clm_plugin_notebook.notebook_files import Page, render_code, render_notebook
from clm_plugin_notebook.pages.layout.additions import PageAdditions
from clm_plugin_notebook.pages.layout.brand import brands
from clm_plugin_notebook.pages.outputs import PageOutputs
from clm_plugin_notebook.pages.pdf import PdfPrinter
from clm_plugin_notebook.pages.pictures import SharedPictures
from clm_plugin_notebook.pages.renderer import PageRenderer
from clm_plugin_notebook.payload import (
    GENERATED_FOLDER,
    KERNEL,
    PICTURES,
    PYTHON,
    SANITISED,
    TOPIC_FOLDER,
    DeckFile,
    NotebookOutput,
    NotebookPayload,
)
from clm_plugin_notebook.planning.inputs import generated_for_code
from clm_plugin_notebook.reading import DeckReader, reading_format

_SCRATCH_FOLDER = "scratch"


@frozen
class _Reading:
    """A deck as read for one language and format; `ids` maps cell numbers to cell ids."""

    deck: Deck
    ids: Mapping[int, str]


class Conversion:
    """Converts one deck: reads it per language and format, runs each sequence of code once."""

    def __init__(
        self,
        payload: NotebookPayload,
        job: Job,
        renderer: PageRenderer,
        printer: PdfPrinter,
        kernels: KernelPool,
        *,
        recover: bool = False,
        checked: Sequence[NotebookOutput] = (),
    ) -> None:
        """With `recover`, a deck with invalid headers is converted as far as it can be read.

        The errors are then among the diagnostics of the result. The links of the outputs that are
        `checked` are checked, too.
        """
        self._checked = checked
        self._recover = recover
        self._payload = payload
        self._job = job
        self._kernels = kernels
        self._prog_lang = payload.prog_lang
        self._extensions = ExtensionCode(payload.additions)
        self._reader = DeckReader(
            payload, job.folder, job.source, code=self._extensions.templates()
        )
        self._readings: dict[tuple[str, str], _Reading] = {}
        self._prepared: list[tuple[str, Sequence[Deck], _Reading]] = []
        self._executions: dict[ExecutionKey, Execution] = {}
        self._diagnostics: dict[Diagnostic, None] = {}
        self._folders = 0
        self._generated = _move_generated(job)
        self._topic_files = frozenset(_topic_files(job))
        headings = LinkedHeadings(payload, job.folder, self._shown, self._extensions.templates())
        self._links = CrossReferences(payload.links, headings, job.source, self._reader.text)
        self._pictures = SharedPictures(job, payload.restricted)
        self._pages = PageOutputs(
            job,
            renderer,
            printer,
            payload.prog_lang,
            payload.page_options,
            self._report,
            payload.restricted,
            PageAdditions(
                payload.additions,
                self._extensions,
                job.folder,
                own_theme=payload.theme.has_folder,
            ),
            brands(payload, job.folder),
            payload.links,
            self._pictures,
        )

    def run(self) -> Result:
        """Return all outputs of the payload.

        Raises:
            ConversionError: the deck cannot be converted, or its code fails.
            TransientJobError: no kernel starts, or the job was cancelled.
        """
        outputs = {output.name: self._render(output) for output in self._payload.outputs}
        for output in self._checked:
            self._linked_page(output)
        everything = self._checked or self._payload.outputs
        self._diagnostics |= dict.fromkeys(self._links.warnings(everything))
        if self._payload.page_options.html == SANITISED:
            found = copied_files(self._job, self._payload.source)
            self._diagnostics |= dict.fromkeys(found)
        self._pages.finish()
        if PICTURES in self._job.outputs:
            outputs[PICTURES] = self._pictures.to_bytes()
        return Result(
            outputs,
            diagnostics=tuple(self._diagnostics),
            metadata={"executions": sum(map(bool, self._executions))},
        )

    def _render(self, output: NotebookOutput) -> bytes:
        reading = self._reading(output)
        page = self._linked_page(output)
        self._report_absent_files(output, page, reading)
        if pictures := self._pictures.of(output):
            page = evolve(page, cells=tuple(map(pictures.moved, page.cells)))
        if output.format == "code":
            return render_code(page, self._prog_lang)
        if output.format == "notebook":
            return render_notebook(page, self._prog_lang)
        execution = self._results(output, page, reading) if self._payload.evaluate else None
        used = self._used_packages(page) if execution and output.site else ()
        return self._pages.make(
            output, page.cells, page.ids, execution, reading.deck.place_of, used
        )

    def _used_packages(self, page: Page) -> Sequence[str]:
        code = "\n".join(cell.source for cell in page.cells if cell.type == "code")
        if not self._prog_lang.is_python or not code:
            return ()
        from clm_plugin_notebook.kernels.used_packages import used_packages  # only for sites

        own = {PurePosixPath(name).parts[0].partition(".")[0] for name in self._topic_files}
        return used_packages(code, self._payload.kernel.python, own)

    def _linked_page(self, output: NotebookOutput) -> Page:
        reading = self._reading(output)
        page = self._page(output, reading)
        written = {cell.number: cell for cell in reading.deck.cells}
        place_of = reading.deck.place_of
        return evolve(page, cells=self._links.linked(page.cells, written, output, place_of))

    def _report_absent_files(self, output: NotebookOutput, page: Page, reading: _Reading) -> None:
        absent = absent_files(self._payload.restricted, output)
        place_of = reading.deck.place_of
        found = named_absent_files(page.cells, absent, self._topic_files, output, place_of)
        self._diagnostics |= dict.fromkeys(found)

    def _report(self, diagnostic: Diagnostic) -> None:
        self._diagnostics[diagnostic] = None

    def _results(self, output: NotebookOutput, page: Page, reading: _Reading) -> Execution | None:
        """Return the results that the page shows, None if its kind shows none."""
        kind = self._audience(output, output.kind).rules_of(output.kind)
        if kind.results_of is None:
            return None
        cells = run_cells(reading.deck.cells, self._audience(output, kind.results_of))
        execution = self._execution(cells, reading)
        workshops = {n for n, c in enumerate(cells) if c.in_workshop}
        blank = workshops if kind.results_of != output.kind else set()
        on_page = {cell.number for cell in page.cells}
        removed = {n for n, c in enumerate(cells) if c.number not in on_page}
        execution = without_hidden_code(
            execution,
            [cell.source for cell in cells],
            blank | removed,
            renumbered=self._audience(output, output.kind).shows_public,
        )
        if blank:
            execution = execution.without(blank)
        numbers = (cell.number for cell in cells)
        by_number = dict(zip(numbers, execution.runs, strict=True))
        shown = (cell for cell in page.cells if cell.type == "code")
        results = tuple(by_number.get(cell.number, NO_RESULT) for cell in shown)
        return evolve(execution, runs=results)

    def _reading(self, output: NotebookOutput) -> _Reading:
        key = (output.language, reading_format(output.format))
        if key not in self._readings:
            files = self._reader.deck, *self._payload.companions
            decks = [self._read(output, file) for file in files]
            self._readings[key] = self._former(output.language, decks) or self._new(decks, output)
        return self._readings[key]

    def _former(self, language: str, decks: Sequence[Deck]) -> _Reading | None:
        """Return the reading of the same decks: most are the same objects for all formats."""
        for other, former, reading in self._prepared:
            if other == language and all(map(is_, former, decks)):
                return reading
        return None

    def _new(self, decks: Sequence[Deck], output: NotebookOutput) -> _Reading:
        deck, *companions = decks
        marked = with_workshops(deck.cells, output.language)
        marked = with_grade_ids(marked, output.language)
        topic = self._job.folder / TOPIC_FOLDER
        deck = evolve(deck, cells=tuple(with_real_names(cell, topic) for cell in marked))
        deck = self._with_voiceovers(deck, companions, output)
        cells = sorted(deck.cells, key=lambda cell: cell.number)
        reading = _Reading(deck, cell_ids(cells, self._audience(output, output.kind)))
        self._prepared.append((output.language, decks, reading))
        return reading

    def _with_voiceovers(self, deck: Deck, decks: Sequence[Deck], output: NotebookOutput) -> Deck:
        if not decks:
            return deck
        companions = [
            Companion(companion, file.language)
            for companion, file in zip(decks, self._payload.companions, strict=True)
        ]
        lang = self._prog_lang
        merged = with_voiceovers(deck, companions, output.language, lang.comment, lang.name)
        self._diagnostics |= dict.fromkeys(merged.warnings)
        return merged.deck

    def _read(self, output: NotebookOutput, file: DeckFile) -> Deck:
        deck = self._read_or_recover(output, file)
        self._diagnostics |= dict.fromkeys(deck.warnings)
        if language := file.language or self._payload.own_language:
            self._diagnostics |= dict.fromkeys(cells_of_others(deck, language))
        return deck

    def _read_or_recover(self, output: NotebookOutput, file: DeckFile) -> Deck:
        try:
            return self._reader.read(output, file)
        except InvalidDeckError as error:
            if not self._recover:
                raise
            self._diagnostics |= dict.fromkeys(error.diagnostics)
            return error.deck

    def _execution(self, cells: Sequence[Cell], reading: _Reading) -> Execution:
        key = execution_key(cells)
        if key not in self._executions:
            self._executions[key] = self._execute(cells, reading.deck.place_of)
        return self._executions[key]

    def _execute(self, cells: Sequence[Cell], place_of: PlaceOf) -> Execution:
        def run() -> bytes:
            code = CodeRun(
                cells,
                self._kernel_choice(),
                self._limits(),
                lambda: self._new_folder(seen),
                # A spare kernel outlives the job; the worker's folder is cleaned up later.
                kernel_root=self._job.folder.parent,
                skip_errors=self._payload.skip_errors,
                place_of=place_of,
                is_cancelled=self._job.is_cancelled,
                waiting=self._job.waiting,
                language=self._prog_lang.name.lower(),
            )
            return code.execute(self._kernels).to_bytes()

        if not any(cell.source.strip() for cell in cells):
            return Execution((NO_RESULT,) * len(cells))
        seen = frozenset(generated_for_code(self._job.input_digests, cells))
        parts = self._execution_parts(cells, seen)
        execution = Execution.from_bytes(self._job.memo(parts, run))
        self._diagnostics |= dict.fromkeys(skipped_errors(cells, execution, place_of))
        self._diagnostics |= dict.fromkeys(secrets_in(cells, execution.runs, place_of))
        return execution

    def _execution_parts(self, cells: Sequence[Cell], seen: Collection[str]) -> Any:
        """Return everything that the results of the cells depend on.

        The text of the deck is not part of it, so editing it does not run the code again. `seen`
        are the generated files that the code sees.
        """
        deck = f"{TOPIC_FOLDER}/{self._payload.source}"
        return {
            "cells": execution_key(cells),
            "deck": self._payload.source,
            "files": {
                name: digest
                for name, digest in self._job.input_digests.items()
                if name in seen or (name.startswith(f"{TOPIC_FOLDER}/") and name != deck)
            },
            "prog_lang": self._prog_lang.name,
            "kernel": self._prog_lang.kernel,
            "python": self._payload.kernel.python,
            "environment": [self._job.environment.get(kind) for kind in (PYTHON, KERNEL)],
            "preload": list(self._payload.kernel.preload),
            "skip_errors": self._payload.skip_errors,
        }

    def _audience(self, output: NotebookOutput, kind: str) -> Audience:
        answers, stub = self._payload.answers, self._prog_lang.stub
        added = self._payload.additions
        return Audience(output.language, kind, output.public, answers, output.format, stub, added)

    def _shown(self, cells: Iterable[Cell], output: NotebookOutput) -> tuple[Cell, ...]:
        """Return the cells as the readers of an output see them."""
        audience = self._audience(output, output.kind)
        return self._extensions.transformed(shown_cells(cells, audience), output, audience)

    def _page(self, output: NotebookOutput, reading: _Reading) -> Page:
        cells = self._shown(reading.deck.cells, output)
        ids = [reading.ids[cell.number] for cell in cells]
        return Page(cells, ids, output.title, output.language)

    def _kernel_choice(self) -> KernelChoice:
        kernel = self._payload.kernel
        limits = KernelLimits(kernel.memory_limit_mb, kernel.process_limit)
        if not self._prog_lang.is_python:
            return installed_kernel(self._prog_lang.kernel, limits, self._prog_lang.remedy)
        return python_kernel(
            kernel.python,
            limits=limits,
            forked=kernel.start != "plain",
            preloaded=kernel.preload,
        )

    def _limits(self) -> RunLimits:
        payload = self._payload
        megabytes = payload.kernel.output_limit_mb
        return RunLimits(payload.kernel_start_timeout, payload.cell_timeout, megabytes)

    def _new_folder(self, seen: Collection[str]) -> Path:
        # Each run gets its own copy of the topic, so it does not see files that another wrote.
        self._folders += 1
        topic = self._job.folder / _SCRATCH_FOLDER / str(self._folders) / TOPIC_FOLDER
        shutil.copytree(self._job.folder / TOPIC_FOLDER, topic)
        # The results must not depend on the deck's text, so the code cannot read it.
        (topic / self._payload.source).unlink()
        # Images that it does not mention are removed, so that changing one runs nothing again.
        for name, file in self._generated.items():
            if name not in seen:
                (topic / file).unlink()
        return topic / PurePosixPath(self._payload.source).parent


def _move_generated(job: Job) -> Mapping[str, PurePosixPath]:
    """Move files made by other jobs into the topic; return their paths there by input name."""
    moved = {}
    for name in job.input_digests:
        path = PurePosixPath(name)
        if path.parts[0] == GENERATED_FOLDER:
            moved[name] = path.relative_to(GENERATED_FOLDER)
            target = job.folder / TOPIC_FOLDER / moved[name]
            target.parent.mkdir(parents=True, exist_ok=True)
            (job.folder / path).replace(target)
    return moved


def _topic_files(job: Job) -> Iterator[str]:
    """Yield the paths of all files of the topic, from the job's input names."""
    for name in job.input_digests:
        folder, _, path = name.partition("/")
        if folder in (TOPIC_FOLDER, GENERATED_FOLDER):
            yield path
