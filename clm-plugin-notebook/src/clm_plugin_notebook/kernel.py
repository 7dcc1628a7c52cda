"""Kernels of the running interpreter, free of what the user has configured for their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbformat import NotebookNode

from clm import TransientJobError
from clm_plugin_notebook.cells import SKIP_EXECUTION

_START_ATTEMPTS = 2
_LOG = "kernel.log"

# What changes outputs with the terminal or the user that a worker happens to run under.
_FOREIGN_VARIABLES = frozenset(
    {
        *("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"),
        *("MPLBACKEND", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONWARNINGS", "PYTHONOPTIMIZE"),
    }
)


@frozen
class KernelOptions:
    """Where a kernel runs and how long things may take, in seconds.

    `scratch` is a folder for the kernel's own files.
    """

    folder: Path
    scratch: Path
    start_timeout: float
    cell_timeout: float


@contextmanager
def running_kernel(notebook: NotebookNode, options: KernelOptions) -> Iterator[NotebookClient]:
    """A client of a fresh kernel, which is gone when the block is left.

    Raises:
        TransientJobError: the kernel does not start.
    """
    client = _started(notebook, options)
    try:
        # The kernel runs already: from here on the context only cleans up.
        with client.setup_kernel(cleanup_kc=True):
            yield client
    finally:
        _kill(client)


def _started(notebook: NotebookNode, options: KernelOptions) -> NotebookClient:
    failures: list[str] = []
    for attempt in range(_START_ATTEMPTS):
        client = _client(notebook, options, attempt)
        try:
            _start(client, options)
        except (RuntimeError, OSError) as error:
            # Another process can take a port between its choice and its use.
            failures += [f"{type(error).__name__}: {error}", _log(options)]
            _kill(client)
        except BaseException:
            _kill(client)
            raise
        else:
            return client
    raise TransientJobError(
        "the Python kernel does not start",
        hint=f"try `{sys.executable} -m ipykernel_launcher`",
        details="\n".join(failures),
    )


def _start(client: NotebookClient, options: KernelOptions) -> None:
    # What the kernel itself says; what cells print reaches the client another way.
    with (options.scratch / _LOG).open("wb") as log:
        client.start_new_kernel(
            cwd=str(options.folder),
            env=_environment(options.scratch),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    client.start_new_kernel_client()


def _log(options: KernelOptions) -> str:
    return (options.scratch / _LOG).read_text(encoding="utf-8", errors="replace")


def _client(notebook: NotebookNode, options: KernelOptions, attempt: int) -> NotebookClient:
    options.scratch.mkdir(parents=True, exist_ok=True)
    manager = AsyncKernelManager(
        kernel_spec_manager=_OwnInterpreter(),
        connection_file=str(options.scratch / f"kernel-{attempt}.json"),
    )
    return NotebookClient(
        notebook,
        km=manager,
        timeout=max(1, round(options.cell_timeout)),
        startup_timeout=max(1, round(options.start_timeout)),
        shutdown_kernel="immediate",
        record_timing=False,
        skip_cells_with_tag=SKIP_EXECUTION,
    )


def _kill(client: NotebookClient) -> None:
    if client.kc is not None:
        client.kc.stop_channels()
    manager = client.km
    if isinstance(manager, AsyncKernelManager) and manager.has_kernel:
        run_sync(manager.shutdown_kernel)(now=True)


def _environment(scratch: Path) -> Mapping[str, str]:
    environment = {k: v for k, v in os.environ.items() if k not in _FOREIGN_VARIABLES}
    return environment | {
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_CONFIG_DIR": str(scratch / "config"),
        "JUPYTER_RUNTIME_DIR": str(scratch),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Sets print in the same order whenever and wherever the deck is built.
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }


class _OwnInterpreter(KernelSpecManager):
    """Knows one kernel: this interpreter's, whatever kernels the user has installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(
            argv=[*command, "--HistoryManager.enabled=False", "--log-level=ERROR"],
            display_name="Python 3",
            language="python",
        )
