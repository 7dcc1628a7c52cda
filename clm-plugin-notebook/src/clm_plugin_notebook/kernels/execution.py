"""Execution of the code cells of a deck."""

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
from clm_plugin_notebook.kernels.client import (
    OUTPUT_TIMEOUT,
    CellClient,
    KernelNotReady,
    RunLimits,
    connected,
)
from clm_plugin_notebook.kernels.errors import (
    cell_raised,
    cell_timed_out,
    kernel_died,
    output_limit_exceeded,
    outputs_missing,
    with_outputs,
)
from clm_plugin_notebook.kernels.installs import without_installs
from clm_plugin_notebook.kernels.libraries import without_libraries
from clm_plugin_notebook.kernels.pool import Kernel, KernelPool
from clm_plugin_notebook.kernels.results import CellRun, Execution, joined_streams
from clm_plugin_notebook.kernels.spec import KernelChoice
from clm_plugin_notebook.kernels.stable_outputs import stable

ExecutionKey = tuple[tuple[str, bool, bool], ...]

_ATTEMPTS = 2
_CANCEL_POLL_SECONDS = 0.25


def execution_key(cells: Sequence[Cell]) -> ExecutionKey:
    """Return a key of code cells; sequences with equal keys have equal results."""
    return tuple((c.source, RAISES_EXCEPTION in c.tags, SKIP_EXECUTION in c.tags) for c in cells)


class _KernelDied(Exception):
    """The kernel exited while it ran a cell."""

    def __init__(self, cell: Cell, exit_reason: str) -> None:
        super().__init__(exit_reason)
        self.cell = cell
        self.exit_reason = exit_reason


@frozen
class CodeRun:
    """Code cells to run one after the other in a fresh kernel.

    `new_folder` creates the folder that they run in, a new one for each attempt; kernels create
    folders for their own files in `kernel_root`. Commands that install something in `language` are
    not run. `is_cancelled` is called several times a second, also while a cell runs. `waiting` is
    called with the seconds for which a cell may be idle.
    """

    cells: Sequence[Cell]
    choice: KernelChoice
    limits: RunLimits
    new_folder: Callable[[], Path]
    kernel_root: Path
    skip_errors: bool
    place_of: PlaceOf
    is_cancelled: Callable[[], bool]
    waiting: Callable[[float], AbstractContextManager[Any]] = nullcontext
    language: str = "python"

    def execute(self, pool: KernelPool) -> Execution:
        """Run the cells; if the kernel dies, run them again in another one, once.

        Raises:
            ConversionError: a cell raises an exception that it must not, exceeds the time or
                output limit, or two kernels died.
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
                    raise self._start_error(failures) from error
                pool.disable_forking(self.choice)
            except _KernelDied as death:
                deaths += 1
                if deaths == _ATTEMPTS:
                    raise kernel_died(death.cell, death.exit_reason, self.place_of) from death

    def _attempt(self, pool: KernelPool) -> Execution:
        folder = self.new_folder()
        kernel = pool.take(self.choice, folder, self.kernel_root)
        try:
            execution = asyncio.run(self._unless_cancelled(self._run(kernel, folder)))
            return without_libraries(stable(execution, folder, kernel.home))
        except KernelNotReady as error:
            raise KernelNotReady(f"{error}\n{kernel.log()}") from error
        finally:
            kernel.discard()

    async def _unless_cancelled(self, running: Coroutine[Any, Any, Execution]) -> Execution:
        task = asyncio.create_task(running)
        while not self.is_cancelled():
            await asyncio.wait([task], timeout=_CANCEL_POLL_SECONDS)
            if task.done():
                return task.result()
        task.cancel()
        # nbclient reports the cancelled cell as one whose kernel has died.
        await asyncio.gather(task, return_exceptions=True)
        raise TransientJobError("the job was cancelled")

    def _start_error(self, failures: Sequence[str]) -> TransientJobError:
        # The last line of a kernel's output usually is the reason.
        lines = [line for line in failures[-1].splitlines() if line.strip()] if failures else []
        reason = f": {lines[-1].strip()}" if lines else ""
        return TransientJobError(
            f"cannot start {self.choice.name}{reason}",
            hint=f"try `{self.choice.test_command}`",
            details="\n".join(failures),
        )

    async def _run(self, kernel: Kernel, folder: Path) -> Execution:
        notebook = v4.new_notebook(cells=[_node(cell, self.language) for cell in self.cells])
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
            with self.waiting(self.limits.cell_timeout + OUTPUT_TIMEOUT):
                await client.async_execute_cell(node, index)
            if self.choice.python is None:
                await client.collect_late_outputs(node, index)
        except CellExecutionError as error:
            if not self.skip_errors:
                output = _error_output(error, node)
                raise cell_raised(output, node.execution_count, cell, self.place_of) from error
        except CellTimeoutError as error:
            if "IOPub" in str(error):  # its only difference
                raise outputs_missing(cell, OUTPUT_TIMEOUT, self.place_of) from error
            raise cell_timed_out(cell, self.limits.cell_timeout, self.place_of) from error
        except DeadKernelError as error:
            if client.output_limit_exceeded:
                limit = self.limits.output_megabytes
                raise output_limit_exceeded(cell, limit, self.place_of) from error
            raise _KernelDied(cell, client.kernel.process.exit_reason()) from error


def _node(cell: Cell, language: str) -> NotebookNode:
    node: NotebookNode = from_dict(  # not v4.new_code_cell, whose validation takes milliseconds
        {
            "cell_type": "code",
            "execution_count": None,
            "id": str(cell.number),
            "metadata": {"tags": list(cell.jupyter_tags)},
            "outputs": [],
            "source": without_installs(cell.source, language),
        }
    )
    return node


def _run_of(node: NotebookNode) -> CellRun:
    return CellRun(joined_streams(node.outputs), node.execution_count)


def _execution(client: CellClient) -> Execution:
    client.set_widgets_metadata()
    runs = tuple(_run_of(node) for node in client.nb.cells)
    changes = tuple(sorted(client.changes, key=str))
    return Execution(runs, client.nb.metadata.get("widgets"), changes=changes)


def _error_output(error: CellExecutionError, node: NotebookNode) -> Mapping[str, Any]:
    # The kernel's output has the plain traceback; nbclient adds text to that of its exception.
    own = _run_of(node).error
    if own is not None:
        return own
    return {"ename": error.ename, "evalue": error.evalue, "traceback": [error.traceback]}
