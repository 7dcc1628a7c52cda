"""A pool of kernels: a fresh one for each deck, the next one started in advance."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen
from jupyter_client.connect import write_connection_file

from clm_plugin_notebook.kernels.forked import ForkStarter, StartedServer
from clm_plugin_notebook.kernels.process import KernelProcess, KernelStart, KernelStarter
from clm_plugin_notebook.kernels.python_kernels import take_server
from clm_plugin_notebook.kernels.spawned import PlainStarter
from clm_plugin_notebook.kernels.spec import KernelChoice, base_environment

_CONNECTION_FILE = "kernel.json"
_LOG = "kernel.log"
_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")


@frozen
class Kernel:
    """A kernel that has been started; `home` is the folder with its own files.

    `folder` is the working directory in which it was started; a spare kernel has to change it.
    """

    choice: KernelChoice
    process: KernelProcess
    home: Path
    folder: Path

    @property
    def connection_file(self) -> Path:
        return self.home / _CONNECTION_FILE

    def log(self) -> str:
        """Return the messages of the kernel itself; empty if it has no log."""
        try:
            return (self.home / _LOG).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def discard(self) -> None:
        """Kill the kernel and remove its files."""
        self.process.kill()
        shutil.rmtree(self.home, ignore_errors=True)


class KernelPool:
    """Starts the kernels of a worker. Not thread-safe."""

    def __init__(self) -> None:
        self._plain = PlainStarter()
        self._servers: dict[tuple[str, tuple[str, ...]], ForkStarter | None] = {}
        self._spare: Kernel | None = None
        self._taken = 0

    def warm_up(self, choice: KernelChoice) -> None:
        """Start the fork server for kernels of this choice, if any, without waiting for it."""
        self._starter(choice)

    def take(self, choice: KernelChoice, folder: Path, kernel_root: Path) -> Kernel:
        """Return an unused kernel with its own files in `kernel_root`; the caller discards it.

        From the second call on, a spare kernel is started in advance unless kernels are forked:
        a worker that runs a single deck does not need one, and a forked kernel is ready in a
        tenth of a second.

        Raises:
            OSError: the kernel cannot be started.
        """
        self._taken += 1
        kernel = self._take_spare(choice) or self._start(choice, folder, kernel_root)
        slow = self._starter(choice) is self._plain
        if self._taken > 1 and slow and choice.python is not None:
            self._start_spare(choice, kernel_root)
        return kernel

    def disable_forking(self, choice: KernelChoice) -> None:
        """Start all further kernels of this choice as separate programs."""
        self._discard_spare()
        server = self._servers.get(_server_key(choice))
        if server is not None:
            server.close()
        self._servers[_server_key(choice)] = None

    def close(self) -> None:
        """End the spare kernel, the fork servers and all kernels."""
        self._discard_spare()
        for server in self._servers.values():
            if server is not None:
                server.close()
        self._servers.clear()
        self._plain.close()

    def _start_spare(self, choice: KernelChoice, kernel_root: Path) -> None:
        try:
            self._spare = self._start(choice, None, kernel_root)
        except OSError:
            self._spare = None  # the next deck tries again and reports the error

    def _take_spare(self, choice: KernelChoice) -> Kernel | None:
        spare = self._spare
        if spare is not None and spare.choice == choice and spare.process.is_alive():
            self._spare = None
            return spare
        self._discard_spare()
        return None

    def _discard_spare(self) -> None:
        if self._spare is not None:
            self._spare.discard()
            self._spare = None

    def _start(self, choice: KernelChoice, folder: Path | None, kernel_root: Path) -> Kernel:
        home = Path(tempfile.mkdtemp(prefix="kernel-", dir=kernel_root)).resolve()
        folder = folder or home
        try:
            _write_connection_file(home / _CONNECTION_FILE, choice)
            request = KernelStart(
                command=choice.command,
                python=choice.python,
                environment=choice.environment(home),
                folder=folder,
                connection_file=home / _CONNECTION_FILE,
                log=home / _LOG,
                limits=choice.limits,
            )
            return Kernel(choice, self._starter(choice).start(request), home, folder)
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise

    def _starter(self, choice: KernelChoice) -> KernelStarter:
        if not choice.forked or choice.python is None or not ForkStarter.is_available():
            return self._plain
        key = _server_key(choice)
        if key not in self._servers:
            self._servers[key] = _fork_server(choice.python, choice.preloaded)
        return self._servers[key] or self._plain


def _server_key(choice: KernelChoice) -> tuple[str, tuple[str, ...]]:
    return choice.python or "", choice.preloaded


def _fork_server(python: str, preloaded: tuple[str, ...]) -> ForkStarter | None:
    if python == sys.executable and not preloaded and (forked := take_server()):
        return ForkStarter(forked)
    try:
        return ForkStarter(StartedServer.start(python, base_environment(), preloaded))
    except OSError:
        return None  # starting the kernel itself fails likewise and reports the error


def _write_connection_file(path: Path, choice: KernelChoice) -> None:
    if choice.python is None:
        write_connection_file(str(path))
        return
    # IPython's kernel binds free ports itself and writes them here, so no other process can
    # take them first.
    ports: Mapping[str, int] = {f"{channel}_port": 0 for channel in _CHANNELS}
    fixed = {"ip": "127.0.0.1", "transport": "tcp", "signature_scheme": "hmac-sha256"}
    text = json.dumps({**ports, **fixed, "key": secrets.token_hex(16)})
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(text)
