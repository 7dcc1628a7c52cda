"""Outputs of a deck for browsers: pages, slides, and PDFs of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from attrs import evolve

from clm import ConversionError, Diagnostic, Job, Place, Severity
from clm_plugin_notebook.absent_files import absent_files
from clm_plugin_notebook.decks.cells import Cell, PlaceOf
from clm_plugin_notebook.decks.display import View
from clm_plugin_notebook.kernels.results import NO_RESULT, CellRun, Execution
from clm_plugin_notebook.languages import ProgLang
from clm_plugin_notebook.pages.answers import Answers
from clm_plugin_notebook.pages.checks.check_page import Remark, check_page
from clm_plugin_notebook.pages.checks.check_results import check_results, load_warning, loaded_urls
from clm_plugin_notebook.pages.layout.additions import PageAdditions
from clm_plugin_notebook.pages.layout.brand import NO_BRAND, Brand
from clm_plugin_notebook.pages.pdf import PdfPrinter
from clm_plugin_notebook.pages.pictures import SharedPictures
from clm_plugin_notebook.pages.renderer import PageRenderer, Rendered
from clm_plugin_notebook.pages.web_page import PageCell, WebPage
from clm_plugin_notebook.pages.widgets import without_widgets
from clm_plugin_notebook.payload import (
    PAGE,
    SANITISED,
    TOPIC_FOLDER,
    LinkedFile,
    NotebookOutput,
    PageOptions,
    RestrictedFile,
)


class PageOutputs:
    """Renders the outputs of one deck; `report` is called with warnings about them.

    `brand` returns what the theme of the course adds to the pages of an output. `planned_links`
    are, by output, the links that lead elsewhere or nowhere, as planned. `pictures` are those that
    outputs share.
    """

    def __init__(
        self,
        job: Job,
        renderer: PageRenderer,
        printer: PdfPrinter,
        prog_lang: ProgLang,
        options: PageOptions,
        report: Callable[[Diagnostic], None],
        restricted: Iterable[RestrictedFile] = (),
        additions: PageAdditions | None = None,
        brand: Callable[[NotebookOutput], Brand] = lambda output: NO_BRAND,
        planned_links: Mapping[str, Mapping[str, LinkedFile]] = MappingProxyType({}),
        pictures: SharedPictures | None = None,
    ) -> None:
        self._planned_links = planned_links
        self._pictures = pictures
        self._brand = brand
        self._additions = additions
        self._job = job
        self._topic = job.folder / TOPIC_FOLDER
        self._renderer = renderer
        self._printer = printer
        self._prog_lang = prog_lang
        self._page_options = options
        self._report = report
        self._loaded: dict[str, Place] = {}
        self._restricted = tuple(restricted)

    def make(
        self,
        output: NotebookOutput,
        cells: Sequence[Cell],
        ids: Sequence[str],
        execution: Execution | None,
        place_of: PlaceOf,
        packages: Sequence[str] = (),
    ) -> bytes:
        """Return an output of the format `html`, `slides` or `pdf` as bytes.

        `packages` are those that its code uses.

        Raises:
            ConversionError: the format is unknown, or a PDF needs a browser and none is found.
            BrowserError: the browser exits or does not respond.
        """
        runs = _runs(cells, execution)
        widgets = execution.widgets if execution else None
        is_sanitised = self._page_options.html == SANITISED
        self._warn(check_results(runs, widgets, is_sanitised=is_sanitised), place_of)
        for cell, url in loaded_urls(runs):
            self._loaded.setdefault(url, place_of(cell, None))
        page = WebPage(
            title=output.title,
            language=output.language,
            code_language=self._prog_lang.lexer,
            cells=[
                PageCell(cell, cell_id, run and without_widgets(run, widgets))
                for (cell, run), cell_id in zip(runs, ids, strict=True)
            ],
            topic=self._topic,
            options=self._page_options,
            speaker=not output.public,
            footer=output.footer,
            libraries=_libraries(runs, execution),
            absent=frozenset(absent_files(self._restricted, output)),
            brand=self._brand(output),
            site=output.site,
            shared=output.shared,
            pictures=self._pictures.of(output) if self._pictures else None,
            packages=packages,
        )
        if added := self._additions:
            badges = added.badges(cells, output.language)
            answers = Answers.ROOM
            if added.has_answers(output.kind):
                answers = Answers.FOLDED if output.public else Answers.OPEN
            page = evolve(page, theme=added.theme, badges=badges, answers=answers)
        if output.format == "html":
            return self._final(self._renderer.page(page), place_of, output)
        if output.format == "slides":
            return self._final(self._renderer.slides(page), place_of, output)
        if output.format != "pdf":
            raise ConversionError(f"unknown format of deck output: {output.format!r}")
        # The browser gets a single file.
        alone = evolve(self._page_options, images="inlined", asset_url="", theme="light")
        page = evolve(page, options=alone, speaker=False, site=())
        if alone.pdf == PAGE:
            shown = self._renderer.page(evolve(page, on_paper=True))
        else:
            shown = self._renderer.slides(page)
        html = self._final(shown, place_of, output)
        return self._printer.print(html, self._job.folder, self._job.source)

    def finish(self) -> None:
        """Report what concerns all pages of the deck together."""
        if self._loaded:
            message, hint = load_warning(self._loaded)
            place = next(iter(self._loaded.values()))
            self._report(Diagnostic(message, Severity.WARNING, place, hint=hint))

    def _final(self, rendered: Rendered, place_of: PlaceOf, output: NotebookOutput) -> bytes:
        links = self._planned_links.get(output.name, {})
        planned = {*links, *(file.path for file in links.values() if file.path)}
        self._warn(check_page(rendered.markdown, self._topic, planned), place_of)
        html = rendered.html
        return self._additions.transformed(html, output) if self._additions else html

    def _warn(self, remarks: Iterable[Remark], place_of: PlaceOf) -> None:
        for remark in remarks:
            place = place_of(remark.cell, remark.line)
            self._report(Diagnostic(remark.message, Severity.WARNING, place, hint=remark.hint))


def _runs(cells: Sequence[Cell], execution: Execution | None) -> list[tuple[Cell, CellRun | None]]:
    """Return the cells with the results that their tags allow, None for cells that are not code."""
    runs = iter(execution.runs if execution else ())
    return [
        (cell, _shown(next(runs, NO_RESULT), cell.view) if cell.type == "code" else None)
        for cell in cells
    ]


def _libraries(
    runs: Iterable[tuple[Cell, CellRun | None]], execution: Execution | None
) -> Sequence[str]:
    """Return the scripts that the page needs: none if it shows no results with scripts."""
    data = (o.get("data", {}) for _, run in runs if run for o in run.outputs)
    has_scripts = any(
        "application/javascript" in forms or "<script" in forms.get("text/html", "")
        for forms in data
    )
    return execution.libraries if execution and has_scripts else ()


def _shown(run: CellRun, view: View) -> CellRun:
    outputs = () if view.outputs_removed else run.outputs
    shown = (output for output in outputs if output.get("name") not in view.removed_streams)
    return evolve(run, outputs=tuple(shown))
