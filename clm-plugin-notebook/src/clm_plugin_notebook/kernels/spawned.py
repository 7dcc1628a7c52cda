"""Kernels started as separate programs, for all languages and platforms."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

from jupyter_client.launcher import launch_kernel

from clm_plugin_notebook.kernels.memory import release_memory
from clm_plugin_notebook.kernels.process import (
    KernelProcess,
    KernelStart,
    KernelStarter,
    allow_bytecode,
    describe_exit,
)


class PlainStarter(KernelStarter):
    """Starts each kernel as a separate program."""

    def __init__(self) -> None:
        self._started: list[_PlainKernel] = []

    def start(self, request: KernelStart) -> KernelProcess:
        release_memory()  # while the kernel runs, this process only waits
        with request.log.open("wb") as log:
            process = launch_kernel(
                request.full_command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log.fileno(),
                env=dict(_environment(request)),
                cwd=str(request.folder),
            )
        self._started = [k for k in self._started if k.is_alive()]
        self._started.append(_PlainKernel(process))
        return self._started[-1]

    def close(self) -> None:
        for kernel in self._started:
            kernel.kill()


def _environment(request: KernelStart) -> Mapping[str, str]:
    is_python = request.python is not None
    return allow_bytecode(request.environment) if is_python else request.environment


class _PlainKernel(KernelProcess):
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def exit_reason(self) -> str:
        status = self._process.poll()
        return "" if status is None else describe_exit(status)

    def kill(self) -> None:
        if sys.platform != "win32":
            # launch_kernel starts a kernel in a new session, which includes its child processes.
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
