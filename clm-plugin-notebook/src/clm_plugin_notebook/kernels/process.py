"""A kernel as a process: what is to be started, and what can be done with it afterwards."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

# Programs for the kernel's interpreter, which need not have this package.
PYTHON_KERNELS = Path(__file__).with_name("python_kernels.py")
_LAUNCHER = Path(__file__).with_name("launcher.py")


@frozen
class KernelLimits:
    """What a kernel may use at most; 0 is no limit.

    `memory_mb` limits the address space, `processes` those of the user, all programs counted.
    Both are kept where the platform has such limits (POSIX), and ignored elsewhere.
    """

    memory_mb: int = 0
    processes: int = 0

    def plain(self) -> dict[str, int]:
        return {"memory_mb": self.memory_mb, "processes": self.processes}

    def __bool__(self) -> bool:
        return self.memory_mb > 0 or self.processes > 0


NO_LIMITS = KernelLimits()


@frozen
class KernelStart:
    """A kernel to be started.

    `command` has `{connection_file}` in it. `python` is set for IPython's kernel in that
    interpreter. What the kernel itself says goes to `log`; what cells print does not.
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
        """Whether it has not ended; cheap."""

    @abstractmethod
    def end(self) -> str:
        """How it ended, for messages; empty where that is not known."""

    @abstractmethod
    def kill(self) -> None:
        """Ends it at once, with what it has started in its process group; it may have ended."""


class KernelStarter(ABC):
    """A way to start kernels."""

    @abstractmethod
    def start(self, request: KernelStart) -> KernelProcess:
        """Starts a kernel; it need not be ready when this returns.

        Raises:
            OSError: it cannot be started.
        """

    @abstractmethod
    def close(self) -> None:
        """Gives up what starting kernels took; kernels that it started end, too."""


def may_compile(environment: Mapping[str, str]) -> Mapping[str, str]:
    """The environment of a Python that may keep compiled modules if this one may.

    The kernel's own modules take longer to compile than all else; later, kernels keep none.
    """
    if sys.dont_write_bytecode:
        return environment
    return {k: v for k, v in environment.items() if k != "PYTHONDONTWRITEBYTECODE"}


def described_end(status: int) -> str:
    """An exit status as `subprocess` gives it, in words."""
    if status < 0:
        return f"it was ended by signal {-status}"
    return f"it ended with exit code {status}"
