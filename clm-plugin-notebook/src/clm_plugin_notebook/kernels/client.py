"""Clients of kernels: wait until a kernel is ready, run cells, enforce limits."""

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
from traitlets import Type

from clm_plugin_notebook.decks.cells import SKIP_EXECUTION
from clm_plugin_notebook.kernels.channels import PolledChannel
from clm_plugin_notebook.kernels.pool import Kernel
from clm_plugin_notebook.kernels.results import CLOSED_WIDGET

OUTPUT_TIMEOUT = 60  # seconds after the end of a cell
_POLL_SECONDS = 0.005
_RETRY_SECONDS = 0.25
_LATE_OUTPUT_SECONDS = 0.02
_CHANGE_FOLDER = """\
__import__('os').chdir({folder!r})
get_ipython().starting_dir = {folder!r}
get_ipython().user_ns['_dh'][:] = [__import__('pathlib').Path({folder!r})]
"""


class KernelNotReady(Exception):
    """A kernel that was started has exited or does not respond."""


@frozen
class RunLimits:
    """Timeouts in seconds, and the maximum output of all cells together in megabytes."""

    start_timeout: float
    cell_timeout: float
    output_megabytes: float


class CellClient(NotebookClient):
    """Runs single cells in a kernel; stops when their output exceeds the limit.

    `changes` are the pairs of a cell, by its index, and of what it has changed that is not its own:
    the outputs of another cell, by its index, or a widget, by its id.
    """

    def __init__(self, notebook: NotebookNode, client: _Client, limits: RunLimits) -> None:
        super().__init__(
            notebook,
            timeout=max(1, round(limits.cell_timeout)),
            # By default, outputs that are four seconds late are dropped.
            iopub_timeout=OUTPUT_TIMEOUT,
            raise_on_iopub_timeout=True,
            record_timing=False,
            skip_cells_with_tag=SKIP_EXECUTION,
        )
        self.kc = self._client = client
        self.kernel = client.kernel
        self.output_limit_exceeded = False
        self._remaining = limits.output_megabytes * 1e6
        self._running = 0
        self.changes: set[tuple[int, int | str]] = set()

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        self._remaining -= _size(msg["content"])
        if self._remaining < 0:
            self.output_limit_exceeded = True
            # This is how nbclient itself stops a cell whose kernel has died.
            if self.task_poll_for_reply is not None:
                self.task_poll_for_reply.cancel()
            return None
        self._running = cell_index
        widget = msg["content"].get("comm_id")
        if widget in self.widget_state:
            self.changes.add((cell_index, widget))
            if msg["msg_type"] == "comm_close":
                self.widget_state[widget]["_model_name"] = CLOSED_WIDGET
        return super().process_message(msg, cell, cell_index)

    def _update_display_id(self, display_id: str, msg: dict[str, Any]) -> None:
        shown_in = self._display_id_map.get(display_id, {})
        self.changes |= {(self._running, index) for index in shown_in if index != self._running}
        super()._update_display_id(display_id, msg)

    async def collect_late_outputs(self, cell: NotebookNode, cell_index: int) -> None:
        """Add outputs that the kernel sends after it has reported the cell as finished.

        The protocol does not allow that, but the results of Deno can be some milliseconds late.
        """
        request = self._client.kernel_info()
        seconds = _RETRY_SECONDS
        with suppress(Empty):
            while True:
                message = await self._client.get_iopub_msg(timeout=seconds)
                if message["parent_header"].get("msg_id") == request:
                    seconds = _LATE_OUTPUT_SECONDS
                elif message["msg_type"] != "status":
                    self.process_message(message, cell, cell_index)


@asynccontextmanager
async def connected(
    kernel: Kernel, notebook: NotebookNode, folder: Path, limits: RunLimits
) -> AsyncIterator[CellClient]:
    """Return a client of the kernel, once it is ready and its working directory is `folder`.

    Raises:
        KernelNotReady: the kernel has exited, or does not respond before the start timeout.
    """
    deadline = time.monotonic() + limits.start_timeout
    client = _Client()
    client.load_connection_info(await _connection_info(kernel, deadline))
    client.kernel = kernel
    client.start_channels(stdin=False, hb=False, control=False)
    try:
        await _wait_until_ready(client, kernel, deadline)
        if kernel.folder != folder:
            client.execute(
                _CHANGE_FOLDER.format(folder=str(folder)), silent=True, store_history=False
            )
        yield CellClient(notebook, client, limits)
    finally:
        client.stop_channels()


class _Client(AsyncKernelClient):
    """A client that checks the process, not the heartbeat, to see if the kernel is alive."""

    kernel: Kernel
    shell_channel_class = Type(PolledChannel)
    iopub_channel_class = Type(PolledChannel)

    async def is_alive(self) -> bool:
        return self.kernel.process.is_alive()


async def _connection_info(kernel: Kernel, deadline: float) -> KernelConnectionInfo:
    while True:
        try:
            info: KernelConnectionInfo = json.loads(kernel.connection_file.read_text())
        except (OSError, ValueError):
            info = {}  # the kernel is just replacing it
        if info.get("hb_port") and info.get("control_port"):
            return info
        _check_responding(kernel, deadline)
        await asyncio.sleep(_POLL_SECONDS)


async def _wait_until_ready(client: _Client, kernel: Kernel, deadline: float) -> None:
    # A message on the output channel shows that from now on no outputs are lost.
    while True:
        client.kernel_info()
        try:
            await client.get_iopub_msg(timeout=_RETRY_SECONDS)
        except Empty:
            _check_responding(kernel, deadline)
        else:
            return


def _check_responding(kernel: Kernel, deadline: float) -> None:
    if not kernel.process.is_alive():
        raise KernelNotReady(kernel.process.exit_reason())
    if time.monotonic() > deadline:
        raise KernelNotReady("the kernel does not respond")


def _size(content: Mapping[str, Any]) -> int:
    """Return the approximate number of characters in an output."""
    text = content.get("text")
    size = len(text) if isinstance(text, str) else 0
    data = content.get("data")
    if isinstance(data, Mapping):
        size += sum(len(v) if isinstance(v, str) else len(json.dumps(v)) for v in data.values())
    return size
