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

# The file name that IPython makes up for a cell, in the message of a syntax error.
_INVENTED_FILE = re.compile(r" \([0-9]+\.py, line [0-9]+\)$")
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
    details = _traceback(node) or strip_ansi(error.traceback)
    line = _raising_line(details, node.execution_count, cell)
    return _RaisedError(
        f"{error.ename}: {_INVENTED_FILE.sub('', strip_ansi(error.evalue))}".rstrip(": "),
        place=place_of(cell, line),
        hint=_HINTS.get(error.ename, _RAISED_HINT),
        excerpt=_first_line(cell) if line is None else cell.source.split("\n")[line - 1].strip(),
        details=details,
    )


def _traceback(node: NotebookNode) -> str:
    errors = [output for output in node.outputs if output.output_type == "error"]
    return strip_ansi("\n".join(errors[-1].traceback)) if errors else ""


def _raising_line(details: str, count: int | None, cell: Cell) -> int | None:
    """The last line of the cell's source that the traceback names."""
    named = [int(line) for n, line in _TRACEBACK_LINE.findall(details) if int(n) == count]
    if not named:
        return None
    lines = cell.source.split("\n")
    # IPython drops blank lines at the start of a cell, and counts without them.
    blank = next((n for n, line in enumerate(lines) if line.strip()), 0)
    return min(named[-1] + blank, len(lines))


def _first_line(cell: Cell) -> str:
    return next((line.strip() for line in cell.source.split("\n") if line.strip()), "")
