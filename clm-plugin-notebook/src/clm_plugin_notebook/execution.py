"""Running the code cells of a deck."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, frozen
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode, v4

from clm import ConversionError, Diagnostic, Place, Severity, TransientJobError
from clm_plugin_notebook.cells import Cell
from clm_plugin_notebook.kernel import KernelOptions, running_kernel

_TRACEBACK_LINE = re.compile(r"Cell In\s*\[([0-9]+)\], line ([0-9]+)")
_HINTS = {
    "ModuleNotFoundError": "a module of the course belongs beside the deck, any other is to be "
    "installed for the Python that runs CLM",
    "StdinNotImplementedError": "nobody answers `input()` in a build: give the cell the tag "
    "`skip-execution`, or `raises-exception`",
}
_RAISED_HINT = "if the cell is meant to raise, give it the tag `raises-exception`"

_SKIPPED = "skip-execution"
_RAISING = "raises-exception"

# Tells where a cell, or a line of its source (from 1), stands.
PlaceOf = Callable[[Cell, int | None], Place]


@frozen
class CellRun:
    """What came out of a code cell; `count` is the number in its prompt."""

    outputs: tuple[Any, ...]
    count: int | None


@frozen
class Execution:
    """What came out of code cells, in their order; `widgets` is the state of their widgets."""

    runs: tuple[CellRun, ...]
    widgets: Any = None
    diagnostics: tuple[Diagnostic, ...] = ()


ExecutionKey = tuple[tuple[str, bool, bool], ...]


def execution_key(cells: Sequence[Cell]) -> ExecutionKey:
    """Code cells with equal keys give the same results."""
    return tuple((c.source, _RAISING in c.tags, _SKIPPED in c.tags) for c in cells)


def execute(
    cells: Sequence[Cell],
    options: KernelOptions,
    *,
    skip_errors: bool,
    place_of: PlaceOf,
    is_cancelled: Callable[[], bool],
) -> Execution:
    """Run code cells one after the other in a fresh kernel.

    Raises:
        ConversionError: a cell raises (and may not), or takes too long.
        TransientJobError: the kernel dies or does not start, or the build was cancelled.
    """
    if not any(cell.source.strip() for cell in cells):
        return Execution(tuple(CellRun((), None) for _ in cells))
    notebook = v4.new_notebook(cells=[_node(cell) for cell in cells])
    diagnostics: list[Diagnostic] = []
    with running_kernel(notebook, options) as client:
        for index, cell in enumerate(cells):
            if is_cancelled():
                raise TransientJobError("the build was cancelled")
            try:
                _run(client, index, cell, place_of, options)
            except ConversionError as error:
                if not (skip_errors and isinstance(error, _RaisedError)):
                    raise
                diagnostics += [evolve(d, severity=Severity.INFO) for d in error.diagnostics]
        client.set_widgets_metadata()
    runs = (CellRun(tuple(n.outputs), n.execution_count) for n in notebook.cells)
    return Execution(tuple(runs), notebook.metadata.get("widgets"), tuple(diagnostics))


class _RaisedError(ConversionError):
    """A cell raised an exception: what `skip-errors` is for."""


def _node(cell: Cell) -> NotebookNode:
    node: NotebookNode = v4.new_code_cell(cell.source, metadata={"tags": list(cell.jupyter_tags)})
    return node


def _run(
    client: NotebookClient, index: int, cell: Cell, place_of: PlaceOf, options: KernelOptions
) -> None:
    node = client.nb.cells[index]
    try:
        client.execute_cell(node, index)
    except CellExecutionError as error:
        raise _raised(error, node, cell, place_of) from error
    except CellTimeoutError as error:
        raise ConversionError(
            f"the cell takes longer than {options.cell_timeout:g} s",
            place=place_of(cell, None),
            hint="shorten it, or raise the setting `cell_timeout`",
            excerpt=_first_line(cell),
        ) from error
    except DeadKernelError as error:
        raise TransientJobError(
            "the Python kernel died in this cell",
            place=place_of(cell, None),
            hint="it may have run out of memory, or the cell ends the process",
            excerpt=_first_line(cell),
        ) from error


def _raised(
    error: CellExecutionError, node: NotebookNode, cell: Cell, place_of: PlaceOf
) -> ConversionError:
    details = strip_ansi(error.traceback)
    found = [
        int(line)
        for count, line in _TRACEBACK_LINE.findall(details)
        if int(count) == node.execution_count
    ]
    line = found[-1] if found else None
    lines = cell.source.split("\n")
    return _RaisedError(
        f"{error.ename}: {strip_ansi(error.evalue)}",
        place=place_of(cell, line),
        hint=_HINTS.get(error.ename, _RAISED_HINT),
        excerpt=lines[line - 1].strip() if line and line <= len(lines) else _first_line(cell),
        details=details,
    )


def _first_line(cell: Cell) -> str:
    return next((line.strip() for line in cell.source.split("\n") if line.strip()), "")
