"""The container engine, through its command line: Docker or Podman, here or elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from clm import ClmError
from clm_plugin_docker.settings import COMMAND_VARIABLE, docker_command

_ASK_SECONDS = 30.0
_ANSWER_SECONDS = 5.0
_LAST_LINES = 5
# In Docker's answer: whether the engine enforces a limit; otherwise it discards it with a warning.
_DOCKER_LIMITS = {
    "MemoryLimit": "memory",
    "SwapLimit": "swap",
    "CpuCfsQuota": "CPUs",
    "PidsLimit": "processes",
}
_UNREACHABLE = re.compile(
    "cannot connect|error during connect|permission denied while trying to connect", re.IGNORECASE
)
_PODMAN_CONTROLLERS = {"memory": "memory", "cpu": "CPUs", "pids": "processes"}


class ContainerError(ClmError):
    """The engine cannot be used, or refuses what is asked of it."""


@frozen(repr=False)
class ContainerEngine:
    """Runs the engine's command; `command` is the program with its first arguments."""

    command: tuple[str, ...] = field(factory=docker_command)

    def ask(self, *arguments: str, seconds: float | None = _ASK_SECONDS) -> str:
        """The standard output of a command.

        Raises:
            ContainerError: it fails.
        """
        completed = self._run(arguments, seconds, capture=True)
        if completed.returncode != 0:
            raise self._failed(arguments, completed.stderr)
        return completed.stdout

    def show(self, *arguments: str, folder: Path | None = None) -> None:
        """Run a command whose output is for the user, on standard error.

        Raises:
            ContainerError: it fails.
        """
        completed = self._run(arguments, None, capture=False, folder=folder)
        if completed.returncode != 0:
            raise self._failed(arguments, "")

    def check_limits(self) -> int:
        """The number of CPUs, if the engine is running and enforces limits.

        Raises:
            ContainerError: the engine is not running, or would discard a limit.
        """
        info = _mapping(self.ask("info", "--format", "{{json .}}"))
        host = info.get("host")
        if isinstance(host, dict):  # Podman's
            controllers = host.get("cgroupControllers") or ()
            missing = [text for c, text in _PODMAN_CONTROLLERS.items() if c not in controllers]
            cpus = host.get("cpus")
        else:
            if info.get("ServerErrors"):
                raise self._failed(("info",), " ".join(map(str, info["ServerErrors"])))
            missing = [text for key, text in _DOCKER_LIMITS.items() if info.get(key) is not True]
            cpus = info.get("NCPU")
        if missing:
            raise ContainerError(
                f"the container engine does not limit {', '.join(missing)} of containers, "
                "so code of a course could harm this machine",
                hint=f"look at the warnings of `{' '.join(self.command)} info`: the kernel or "
                "the engine must have cgroups for them",
            )
        return int(cpus or 1)

    def answers(self) -> bool:
        """Whether the engine is running now."""
        try:
            self.ask("version", seconds=_ANSWER_SECONDS)
        except ContainerError:
            return False
        return True

    def image(self, image: str) -> tuple[str, Mapping[str, str]] | None:
        """The id and the labels of a local image; None if there is none of this name."""
        found = self.ask("image", "ls", "--quiet", image).strip()
        if not found:
            return None
        form = "{{.Id}} {{json .Config.Labels}}"
        identity, _, text = self.ask("image", "inspect", "--format", form, image).partition(" ")
        return identity, {str(key): str(value) for key, value in _mapping(text).items()}

    def _run(
        self,
        arguments: Sequence[str],
        seconds: float | None,
        *,
        capture: bool,
        folder: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [*self.command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if capture else 2,  # stdout is for results
                stderr=subprocess.PIPE if capture else None,
                text=True,
                errors="replace",
                timeout=seconds,
                cwd=folder,
                check=False,
            )
        except FileNotFoundError as error:
            raise ContainerError(
                f"the program {self.command[0]!r} is not installed",
                hint=f"install Docker or Podman, or name another program in {COMMAND_VARIABLE}",
            ) from error
        except OSError as error:
            raise ContainerError(f"{self.command[0]!r} cannot be run: {error}") from error
        except subprocess.TimeoutExpired as error:
            raise ContainerError(
                f"the container engine does not answer within {seconds:g} seconds",
                hint=f"try `{' '.join(self.command)} info`",
            ) from error

    def _failed(self, arguments: Sequence[str], messages: str) -> ContainerError:
        said = " / ".join(messages.strip().splitlines()[-_LAST_LINES:])
        text = f"`{' '.join((*self.command, *arguments[:2]))}` failed"
        if _UNREACHABLE.search(said):
            return ContainerError(
                f"the container engine is not running or cannot be reached: {said}",
                hint="start it, for example with `sudo systemctl start docker`; users need to be "
                "in the group docker",
            )
        return ContainerError(f"{text}: {said}" if said else text)


def _mapping(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ContainerError(f"the container engine answers nonsense: {text[:200]!r}") from error
    return found if isinstance(found, dict) else {}
