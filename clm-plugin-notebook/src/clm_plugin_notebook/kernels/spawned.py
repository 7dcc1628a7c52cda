"""Kernels that are programs of their own: right for all languages and platforms."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

from jupyter_client.launcher import launch_kernel

from clm_plugin_notebook.kernels.memory import give_back_memory
from clm_plugin_notebook.kernels.process import (
    KernelProcess,
    KernelStart,
    KernelStarter,
    described_end,
    may_compile,
)


class PlainStarter(KernelStarter):
    """Starts each kernel's program."""

    def __init__(self) -> None:
        self._started: list[_PlainKernel] = []

    def start(self, request: KernelStart) -> KernelProcess:
        give_back_memory()  # this process waits while the kernel works and wants memory
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
    return may_compile(request.environment) if is_python else request.environment


class _PlainKernel(KernelProcess):
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> str:
        status = self._process.poll()
        return "" if status is None else described_end(status)

    def kill(self) -> None:
        if sys.platform != "win32":
            # launch_kernel gives a kernel a session of its own, which its children are in, too.
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
