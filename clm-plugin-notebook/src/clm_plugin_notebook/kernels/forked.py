"""Kernels forked from a process that has imported IPython already: quick, on Linux only."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define

from clm_plugin_notebook.kernels.memory import give_back_memory
from clm_plugin_notebook.kernels.process import (
    PYTHON_KERNELS,
    KernelProcess,
    KernelStart,
    KernelStarter,
    described_end,
    may_compile,
)


class ForkStarter(KernelStarter):
    """Starts Python kernels by forking; made once, since its server takes time to come up.

    All kernels have the server's interpreter, and its environment as far as interpreters read
    it when they start.
    """

    def __init__(
        self, python: str, environment: Mapping[str, str], preloaded: Sequence[str] = ()
    ) -> None:
        """Starts the server and does not wait for it.

        Raises:
            OSError: the interpreter cannot be started.
        """
        own = {
            # Forking wants a single thread, and matplotlib the backend that a kernel has.
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        }
        self._server = subprocess.Popen(
            [python, str(PYTHON_KERNELS), "serve", *preloaded],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**may_compile(environment), **(own if preloaded else {})},
            start_new_session=True,
        )

    @staticmethod
    def is_available() -> bool:
        """Whether this platform has safe forks."""
        return sys.platform == "linux"

    def start(self, request: KernelStart) -> KernelProcess:
        give_back_memory()  # this process waits while the kernel works and wants memory
        answer = self.ask(
            {
                "do": "start",
                "connection_file": str(request.connection_file),
                "environment": dict(request.environment),
                "folder": str(request.folder),
                "log": str(request.log),
                **request.limits.plain(),
            }
        )
        if "pid" not in answer:
            raise OSError(answer.get("error", "the fork server does not fork"))
        return _ForkedKernel(self, answer["pid"])

    def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The server's answer.

        Raises:
            OSError: the server has ended.
        """
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(request).encode() + b"\n")
        self._server.stdin.flush()
        line = self._server.stdout.readline()
        if not line:
            raise OSError("the fork server has ended")
        answer: Mapping[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        # `communicate` closes its input, upon which it ends; it has nothing more to say.
        self._server.communicate()


@define
class _ForkedKernel(KernelProcess):
    _starter: ForkStarter
    _pid: int
    _status: int | None = None

    def is_alive(self) -> bool:
        self._ask("end")
        return self._status is None

    def end(self) -> str:
        self._ask("end")
        return "" if self._status is None else described_end(self._status)

    def kill(self) -> None:
        self._ask("kill")

    def _ask(self, what: str) -> None:
        if self._status is None:
            try:
                self._status = self._starter.ask({"do": what, "pid": self._pid})["status"]
            except (OSError, ValueError):
                self._status = -9  # kernels do not outlive their server
