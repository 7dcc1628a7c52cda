"""Running the code cells of a deck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, v4

from clm import TransientJobError
from clm_plugin_notebook.cell_errors import PlaceOf, kernel_died, raised, too_slow
from clm_plugin_notebook.cells import RAISES_EXCEPTION, SKIP_EXECUTION, Cell
from clm_plugin_notebook.kernel import KernelOptions, running_kernel
from clm_plugin_notebook.results import CellRun, Execution, joined_streams

ExecutionKey = tuple[tuple[str, bool, bool], ...]


def execution_key(cells: Sequence[Cell]) -> ExecutionKey:
    """Code cells with equal keys give the same results."""
    return tuple((c.source, RAISES_EXCEPTION in c.tags, SKIP_EXECUTION in c.tags) for c in cells)


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
    notebook = v4.new_notebook(cells=[_node(cell) for cell in cells])
    with running_kernel(notebook, options) as client:
        for index, cell in enumerate(cells):
            if is_cancelled():
                raise TransientJobError("the build was cancelled")
            try:
                client.execute_cell(notebook.cells[index], index)
            except CellExecutionError as error:
                if not skip_errors:
                    output = _error_output(error, notebook.cells[index])
                    count = notebook.cells[index].execution_count
                    raise raised(output, count, cell, place_of) from error
            except CellTimeoutError as error:
                raise too_slow(cell, options.cell_timeout, place_of) from error
            except DeadKernelError as error:
                raise kernel_died(cell, place_of) from error
        return _execution(client)


def _node(cell: Cell) -> NotebookNode:
    node: NotebookNode = v4.new_code_cell(cell.source, metadata={"tags": list(cell.jupyter_tags)})
    return node


def _run_of(node: NotebookNode) -> CellRun:
    return CellRun(joined_streams(node.outputs), node.execution_count)


def _execution(client: NotebookClient) -> Execution:
    client.set_widgets_metadata()
    runs = tuple(_run_of(node) for node in client.nb.cells)
    return Execution(runs, client.nb.metadata.get("widgets"))


def _error_output(error: CellExecutionError, node: NotebookNode) -> Mapping[str, Any]:
    # The kernel's output has the traceback alone, the exception's is framed by nbclient.
    own = _run_of(node).error
    if own is not None:
        return own
    return {"ename": error.ename, "evalue": error.evalue, "traceback": [error.traceback]}
