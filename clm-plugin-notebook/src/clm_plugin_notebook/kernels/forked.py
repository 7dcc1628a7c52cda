"""Kernels forked from a server that has already imported IPython: fast, on Linux only."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any, Protocol

from attrs import define, frozen

from clm_plugin_notebook.kernels.memory import release_memory
from clm_plugin_notebook.kernels.process import (
    PYTHON_KERNELS,
    KernelProcess,
    KernelStart,
    KernelStarter,
    allow_bytecode,
    describe_exit,
)


class ForkServer(Protocol):
    """A server of kernels, which `python_kernels` describes."""

    @property
    def requests(self) -> IO[bytes]: ...

    @property
    def answers(self) -> IO[bytes]: ...

    def close(self) -> None:
        """End the server and its kernels."""


@frozen
class StartedServer:
    """A server that is a program of its own."""

    process: subprocess.Popen[bytes]

    @classmethod
    def start(
        cls, python: str, environment: Mapping[str, str], preloaded: Sequence[str] = ()
    ) -> StartedServer:
        """Start a server without waiting until it is ready.

        Raises:
            OSError: the interpreter cannot be started.
        """
        own = {
            # Forking requires a single thread, and matplotlib the backend of a kernel.
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        }
        process = subprocess.Popen(
            [python, str(PYTHON_KERNELS), "serve", *preloaded],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**allow_bytecode(environment), **(own if preloaded else {})},
            start_new_session=True,
        )
        return cls(process)

    @property
    def requests(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def answers(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def close(self) -> None:
        # `communicate` closes the server's input, and then the server exits.
        self.process.communicate()


class ForkStarter(KernelStarter):
    """Starts Python kernels by forking. Reused for many kernels, since its server starts slowly.

    All kernels have the interpreter of the server, and its values of the environment variables
    that interpreters read only at startup.
    """

    def __init__(self, server: ForkServer) -> None:
        self._server = server

    @staticmethod
    def is_available() -> bool:
        """Whether forking is safe on this platform."""
        return sys.platform == "linux"

    def start(self, request: KernelStart) -> KernelProcess:
        release_memory()  # while the kernel runs, this process only waits
        answer = self.ask(
            {
                "do": "start",
                "connection_file": str(request.connection_file),
                "environment": dict(request.environment),
                "folder": str(request.folder),
                "log": str(request.log),
                **request.limits.as_dict(),
            }
        )
        if "pid" not in answer:
            raise OSError(answer.get("error", "the fork server cannot start a kernel"))
        return _ForkedKernel(self, answer["pid"])

    def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a request to the server and return its answer.

        Raises:
            OSError: the server has exited.
        """
        self._server.requests.write(json.dumps(request).encode() + b"\n")
        self._server.requests.flush()
        line = self._server.answers.readline()
        if not line:
            raise OSError("the fork server has exited")
        answer: Mapping[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        self._server.close()


@define
class _ForkedKernel(KernelProcess):
    _starter: ForkStarter
    _pid: int
    _status: int | None = None

    def is_alive(self) -> bool:
        self._ask("end")
        return self._status is None

    def exit_reason(self) -> str:
        self._ask("end")
        return "" if self._status is None else describe_exit(self._status)

    def kill(self) -> None:
        self._ask("kill")

    def _ask(self, action: str) -> None:
        if self._status is None:
            try:
                self._status = self._starter.ask({"do": action, "pid": self._pid})["status"]
            except (OSError, ValueError):
                self._status = -9  # kernels do not outlive their server
