"""Running the code cells of a deck."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from attrs import frozen
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, from_dict, v4

from clm import ConversionError, TransientJobError
from clm_plugin_notebook.decks.cells import RAISES_EXCEPTION, SKIP_EXECUTION, Cell, PlaceOf
from clm_plugin_notebook.kernels.client import CellClient, KernelNotReady, RunLimits, connected
from clm_plugin_notebook.kernels.errors import (
    kernel_died,
    raised,
    too_much_output,
    too_slow,
    with_outputs,
)
from clm_plugin_notebook.kernels.pool import Kernel, KernelPool
from clm_plugin_notebook.kernels.results import CellRun, Execution, joined_streams
from clm_plugin_notebook.kernels.spec import KernelChoice

ExecutionKey = tuple[tuple[str, bool, bool], ...]

_ATTEMPTS = 2
_CANCELLED_SECONDS = 0.25


def execution_key(cells: Sequence[Cell]) -> ExecutionKey:
    """Code cells with equal keys give the same results."""
    return tuple((c.source, RAISES_EXCEPTION in c.tags, SKIP_EXECUTION in c.tags) for c in cells)


class _KernelDied(Exception):
    """The kernel ended in a cell."""

    def __init__(self, cell: Cell, end: str) -> None:
        super().__init__(end)
        self.cell = cell
        self.end = end


@frozen
class CodeRun:
    """Code cells to be run one after the other in a fresh kernel.

    `new_folder` makes the folder that they run in, one for each attempt; `homes` is where kernels
    have their own files. `is_cancelled` is asked several times a second, also while a cell runs.
    `waiting` is told how long a cell may do nothing.
    """

    cells: Sequence[Cell]
    choice: KernelChoice
    limits: RunLimits
    new_folder: Callable[[], Path]
    homes: Path
    skip_errors: bool
    place_of: PlaceOf
    is_cancelled: Callable[[], bool]
    waiting: Callable[[float], AbstractContextManager[Any]] = nullcontext

    def execute(self, pool: KernelPool) -> Execution:
        """Runs the cells; a kernel that dies is replaced once.

        Raises:
            ConversionError: a cell raises (and may not), takes too long or puts out too much,
                or two kernels died.
            TransientJobError: no kernel starts, or the job was cancelled.
        """
        failures: list[str] = []
        deaths = 0
        while True:
            try:
                return self._attempt(pool)
            except (OSError, KernelNotReady) as error:
                failures.append(f"{type(error).__name__}: {error}")
                if len(failures) == _ATTEMPTS:
                    raise self._does_not_start(failures) from error
                pool.give_up_forking(self.choice)
            except _KernelDied as death:
                deaths += 1
                if deaths == _ATTEMPTS:
                    raise kernel_died(death.cell, death.end, self.place_of) from death

    def _attempt(self, pool: KernelPool) -> Execution:
        folder = self.new_folder()
        kernel = pool.take(self.choice, folder, self.homes)
        try:
            return asyncio.run(self._unless_cancelled(self._run(kernel, folder)))
        except KernelNotReady as error:
            raise KernelNotReady(f"{error}\n{kernel.log()}") from error
        finally:
            kernel.discard()

    async def _unless_cancelled(self, running: Coroutine[Any, Any, Execution]) -> Execution:
        task = asyncio.create_task(running)
        while not self.is_cancelled():
            await asyncio.wait([task], timeout=_CANCELLED_SECONDS)
            if task.done():
                return task.result()
        task.cancel()
        # nbclient takes a cell that is cancelled for one whose kernel has died.
        await asyncio.gather(task, return_exceptions=True)
        raise TransientJobError("the job was cancelled")

    def _does_not_start(self, failures: Sequence[str]) -> TransientJobError:
        return TransientJobError(
            f"{self.choice.name} does not start",
            hint=f"try `{self.choice.trial}`",
            details="\n".join(failures),
        )

    async def _run(self, kernel: Kernel, folder: Path) -> Execution:
        notebook = v4.new_notebook(cells=[_node(cell) for cell in self.cells])
        async with connected(kernel, notebook, folder, self.limits) as client:
            try:
                for index, cell in enumerate(self.cells):
                    await self._run_cell(client, notebook.cells[index], index, cell)
            except ConversionError as error:
                runs = [_run_of(node) for node in notebook.cells]
                raise with_outputs(error, self.cells, runs) from error.__cause__
            return _execution(client)

    async def _run_cell(
        self, client: CellClient, node: NotebookNode, index: int, cell: Cell
    ) -> None:
        try:
            with self.waiting(self.limits.cell_timeout):
                await client.async_execute_cell(node, index)
            if self.choice.python is None:
                await client.take_late_outputs(node, index)
        except CellExecutionError as error:
            if not self.skip_errors:
                output = _error_output(error, node)
                raise raised(output, node.execution_count, cell, self.place_of) from error
        except CellTimeoutError as error:
            raise too_slow(cell, self.limits.cell_timeout, self.place_of) from error
        except DeadKernelError as error:
            if client.put_out_too_much:
                limit = self.limits.output_megabytes
                raise too_much_output(cell, limit, self.place_of) from error
            raise _KernelDied(cell, client.kernel.process.end()) from error


def _node(cell: Cell) -> NotebookNode:
    node: NotebookNode = from_dict(  # not v4.new_code_cell, which validates for milliseconds
        {
            "cell_type": "code",
            "execution_count": None,
            "id": str(cell.number),
            "metadata": {"tags": list(cell.jupyter_tags)},
            "outputs": [],
            "source": cell.source,
        }
    )
    return node


def _run_of(node: NotebookNode) -> CellRun:
    return CellRun(joined_streams(node.outputs), node.execution_count)


def _execution(client: CellClient) -> Execution:
    client.set_widgets_metadata()
    runs = tuple(_run_of(node) for node in client.nb.cells)
    return Execution(runs, client.nb.metadata.get("widgets"))


def _error_output(error: CellExecutionError, node: NotebookNode) -> Mapping[str, Any]:
    # The kernel's output has the traceback alone, the exception's is framed by nbclient.
    own = _run_of(node).error
    if own is not None:
        return own
    return {"ename": error.ename, "evalue": error.evalue, "traceback": [error.traceback]}
