"""Code of other plugins that works on decks and pages, in worker processes."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve

from clm import ClmError, ConversionError
from clm_plugin_notebook.additions import AddedCode, Additions
from clm_plugin_notebook.api import OutputInfo, ShownCell
from clm_plugin_notebook.audiences import Audience, may_see
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.templates import NO_CODE, TemplateCode
from clm_plugin_notebook.payload import NotebookOutput

_HINT = "this is a fault of the plugin; report it to its authors, or mend it if it is yours"


class ExtensionCode:
    """The functions of a deck's additions; each is imported when it is first needed."""

    def __init__(self, additions: Additions) -> None:
        self._additions = additions

    def templates(self) -> TemplateCode:
        """The filters and tests for templates."""
        added = self._additions
        if not added.filters and not added.tests:
            return NO_CODE
        return TemplateCode(
            {code.name: self._guarded("filter", code) for code in added.filters},
            {code.name: self._guarded("test", code) for code in added.tests},
            (added.filters, added.tests),
        )

    def transformed(
        self, cells: Sequence[Cell], output: NotebookOutput, audience: Audience
    ) -> tuple[Cell, ...]:
        """Return the cells of an output after all transforms, those that its readers may see.

        A transform gets only cells that the output has, and what it returns is checked again, so
        no transform shows readers what they must not see.

        Raises:
            ConversionError: a transform failed, or returned something else.
        """
        transforms = self._additions.cell_transforms
        result = tuple(cells)
        for code in transforms:
            shown = [_shown(cell) for cell in result]
            changed = self._guarded("transform", code)(shown, _info(output))
            result = self._taken(code, changed, result)
            result = tuple(cell for cell in result if may_see(cell, audience))
        return result

    def page(self, html: str, output: NotebookOutput) -> str:
        """Return the HTML of a page after all transforms.

        Raises:
            ConversionError: a transform failed, or returned something else.
        """
        for code in self._additions.page_transforms:
            changed = self._guarded("transform", code)(html, _info(output))
            if not isinstance(changed, str):
                raise self._fault(f"transform {code.name!r} returned no text", code)
            html = changed
        return html

    def _taken(self, code: AddedCode, changed: Any, cells: Sequence[Cell]) -> tuple[Cell, ...]:
        """The cells with the sources and tags that a transform has returned."""
        given = {cell.number: cell for cell in cells}
        result: dict[int, Cell] = {}
        returned = self._guarded("transform", code, lambda: list(changed))()
        for item in returned:
            if not isinstance(item, ShownCell) or not isinstance(item.source, str):
                raise self._fault(f"transform {code.name!r} returned {item!r} as a cell", code)
            cell = given.get(item.number)
            if cell is None or item.number in result:
                raise self._fault(
                    f"transform {code.name!r} returned a cell with the number {item.number!r}, "
                    "which is not that of a cell that it got, or returned it twice",
                    code,
                )
            result[item.number] = evolve(cell, source=item.source, tags=frozenset(item.tags))
        return tuple(result.values())

    def _guarded(
        self, what: str, code: AddedCode, function: Callable[..., Any] | None = None
    ) -> Callable[..., Any]:
        """The function, whose errors name its plugin."""

        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return (function or self._load(code))(*arguments, **named)
            except ClmError:
                raise
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                message = f"{what} {code.name!r} failed: {reason}"
                raise self._fault(message, code, error) from error

        return call

    def _load(self, code: AddedCode) -> Callable[..., Any]:
        from clm.workers.api import plugin_object  # few decks need it

        provider = self._additions.providers[code.plugin]
        function: Callable[..., Any] = plugin_object(
            code.function,
            plugin=code.plugin,
            distribution=provider.distribution,
            version=provider.version,
            sources=code.sources,
        )
        return function

    def _fault(
        self, message: str, code: AddedCode, error: Exception | None = None
    ) -> ConversionError:
        label = self._additions.providers[code.plugin].label
        details = "".join(traceback.format_exception(error)) if error else None
        return ConversionError(f"{label}: {message}", hint=_HINT, details=details)


def _shown(cell: Cell) -> ShownCell:
    return ShownCell(cell.number, cell.type, cell.source, cell.tags, cell.language, cell.slide_type)


def _info(output: NotebookOutput) -> OutputInfo:
    return OutputInfo(output.language, output.kind, output.format, output.title, output.public)
