"""Talking to a kernel: is it ready, run these cells, keep within the limits."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from queue import Empty
from typing import Any

from attrs import frozen
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from nbclient import NotebookClient
from nbformat import NotebookNode

from clm_plugin_notebook.decks.cells import SKIP_EXECUTION
from clm_plugin_notebook.kernels.pool import Kernel

_POLL_SECONDS = 0.005
_ASK_AGAIN_SECONDS = 0.25
_LATE_SECONDS = 0.02
_GO_TO = """\
__import__('os').chdir({folder!r})
get_ipython().starting_dir = {folder!r}
get_ipython().user_ns['_dh'][:] = [__import__('pathlib').Path({folder!r})]
"""


class KernelNotReady(Exception):
    """A kernel has ended, or says nothing, though it was started."""


@frozen
class RunLimits:
    """How long things may take, in seconds, and how much all cells together may put out."""

    start_timeout: float
    cell_timeout: float
    output_megabytes: float


class CellClient(NotebookClient):
    """Runs single cells in a kernel and stops when they put out too much."""

    def __init__(self, notebook: NotebookNode, client: _Client, limits: RunLimits) -> None:
        super().__init__(
            notebook,
            timeout=max(1, round(limits.cell_timeout)),
            record_timing=False,
            skip_cells_with_tag=SKIP_EXECUTION,
        )
        self.kc = self._client = client
        self.kernel = client.kernel
        self.put_out_too_much = False
        self._left = limits.output_megabytes * 1e6

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        self._left -= _size(msg["content"])
        if self._left < 0:
            self.put_out_too_much = True
            # nbclient's own way to end a cell whose kernel has died.
            if self.task_poll_for_reply is not None:
                self.task_poll_for_reply.cancel()
            return None
        return super().process_message(msg, cell, cell_index)

    async def take_late_outputs(self, cell: NotebookNode, cell_index: int) -> None:
        """Add what the kernel sends of a cell after it has said that the cell is done.

        Not all kernels keep to the protocol there: Deno's results may be some milliseconds late.
        """
        question = self._client.kernel_info()
        seconds = _ASK_AGAIN_SECONDS
        with suppress(Empty):
            while True:
                message = await self._client.get_iopub_msg(timeout=seconds)
                if message["parent_header"].get("msg_id") == question:
                    seconds = _LATE_SECONDS
                elif message["msg_type"] != "status":
                    self.process_message(message, cell, cell_index)


@asynccontextmanager
async def connected(
    kernel: Kernel, notebook: NotebookNode, folder: Path, limits: RunLimits
) -> AsyncIterator[CellClient]:
    """A client of a kernel that is ready, and works in `folder`.

    Raises:
        KernelNotReady: the kernel does not answer.
    """
    deadline = time.monotonic() + limits.start_timeout
    client = _Client()
    client.load_connection_info(await _connection_info(kernel, deadline))
    client.kernel = kernel
    client.start_channels(stdin=False, hb=False, control=False)
    try:
        await _wait_until_ready(client, kernel, deadline)
        if kernel.folder != folder:
            client.execute(_GO_TO.format(folder=str(folder)), silent=True, store_history=False)
        yield CellClient(notebook, client, limits)
    finally:
        client.stop_channels()


class _Client(AsyncKernelClient):
    """Asks the process, not a heart beat, whether the kernel lives."""

    kernel: Kernel

    async def is_alive(self) -> bool:
        return self.kernel.process.is_alive()


async def _connection_info(kernel: Kernel, deadline: float) -> KernelConnectionInfo:
    while True:
        try:
            info: KernelConnectionInfo = json.loads(kernel.connection_file.read_text())
        except (OSError, ValueError):
            info = {}  # it is just being replaced
        if info.get("hb_port") and info.get("control_port"):
            return info
        _refuse_silent(kernel, deadline)
        await asyncio.sleep(_POLL_SECONDS)


async def _wait_until_ready(client: _Client, kernel: Kernel, deadline: float) -> None:
    # Anything on the channel of outputs shows that from now on none of them is lost.
    while True:
        client.kernel_info()
        try:
            await client.get_iopub_msg(timeout=_ASK_AGAIN_SECONDS)
        except Empty:
            _refuse_silent(kernel, deadline)
        else:
            return


def _refuse_silent(kernel: Kernel, deadline: float) -> None:
    if not kernel.process.is_alive():
        raise KernelNotReady(kernel.process.end())
    if time.monotonic() > deadline:
        raise KernelNotReady("it does not answer")


def _size(content: Mapping[str, Any]) -> int:
    """The characters of an output, about."""
    text = content.get("text")
    size = len(text) if isinstance(text, str) else 0
    data = content.get("data")
    if isinstance(data, Mapping):
        size += sum(len(v) if isinstance(v, str) else len(json.dumps(v)) for v in data.values())
    return size
