"""Interfaces of kernel processes and their starters."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

# Programs for the kernel's interpreter, which may lack this package.
PYTHON_KERNELS = Path(__file__).with_name("python_kernels.py")
_LAUNCHER = Path(__file__).with_name("launcher.py")


@frozen
class KernelLimits:
    """Resource limits of a kernel; 0 means no limit.

    `memory_mb` limits the address space in megabytes, `processes` the number of processes of the
    user in all programs. Both apply on POSIX and are ignored elsewhere.
    """

    memory_mb: int = 0
    processes: int = 0

    def as_dict(self) -> dict[str, int]:
        return {"memory_mb": self.memory_mb, "processes": self.processes}

    def __bool__(self) -> bool:
        return self.memory_mb > 0 or self.processes > 0


NO_LIMITS = KernelLimits()


@frozen
class KernelStart:
    """The parameters of a kernel to start.

    `command` contains `{connection_file}`. `python` is the interpreter of IPython's kernel, None
    for other kernels. The messages of the kernel itself go to `log`, outputs of cells do not.
    """

    command: tuple[str, ...]
    python: str | None
    environment: Mapping[str, str]
    folder: Path
    connection_file: Path
    log: Path
    limits: KernelLimits

    @property
    def full_command(self) -> list[str]:
        values = {"{connection_file}": str(self.connection_file)}
        command = [values.get(part, part) for part in self.command]
        if self.limits and sys.platform != "win32":
            limits = self.limits
            own = [sys.executable, "-S", str(_LAUNCHER)]
            return [*own, str(limits.memory_mb), str(limits.processes), *command]
        return command


class KernelProcess(ABC):
    """A kernel that has been started."""

    @abstractmethod
    def is_alive(self) -> bool:
        """Whether it has not exited; cheap."""

    @abstractmethod
    def exit_reason(self) -> str:
        """Return how it exited, for messages; empty if it has not, or if that is unknown."""

    @abstractmethod
    def kill(self) -> None:
        """Kill it and its process group at once; it may already have exited."""


class KernelStarter(ABC):
    """Starts kernels in one way, such as forking."""

    @abstractmethod
    def start(self, request: KernelStart) -> KernelProcess:
        """Start a kernel; it need not be ready when this returns.

        Raises:
            OSError: it cannot be started.
        """

    @abstractmethod
    def close(self) -> None:
        """Release all resources, and end the kernels that it has started."""


def allow_bytecode(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment changed so that Python writes bytecode files if this process does.

    Compiling the kernel's own modules is the slowest part of its start. Kernels turn the writing
    of bytecode off once these are imported.
    """
    if sys.dont_write_bytecode:
        return environment
    return {k: v for k, v in environment.items() if k != "PYTHONDONTWRITEBYTECODE"}


def describe_exit(status: int) -> str:
    """Return an exit status, as given by `subprocess`, in words."""
    if status < 0:
        return f"killed by signal {-status}"
    return f"exit code {status}"
