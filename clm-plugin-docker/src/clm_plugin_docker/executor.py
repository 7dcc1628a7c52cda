"""Executor whose workers run their jobs in containers."""

from __future__ import annotations

import logging
import re
import subprocess
import time
import uuid
from functools import cached_property
from importlib.resources import files

from clm import UsageError, parse_size
from clm.workers.api import (
    CommandStream,
    ExecutorContext,
    Stream,
    StreamWorkerExecutor,
)
from clm_plugin_docker.engine import ContainerEngine, ContainerError
from clm_plugin_docker.reaper import BUILD_LABEL, start_reaper
from clm_plugin_docker.settings import DockerSettings, allowed, image_name

log = logging.getLogger(__name__)

FINGERPRINT_LABEL = "clm.fingerprint."
"""The beginning of the name of a label; the job type follows."""

SANDBOX_LABEL = "clm.sandbox"
"""The label of images whose tool has a sandbox of its own."""

USER = "10001:10001"
_RESTART_SECONDS = 60.0
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_.-]")


class DockerWorkerExecutor(StreamWorkerExecutor):
    """Starts a container for each worker.

    It has no network, no files of the machine, no capabilities and an ordinary user, and memory,
    CPUs and processes are limited. A limit that the engine would discard is an error.
    """

    name = "docker"

    def __init__(self, context: ExecutorContext) -> None:
        super().__init__(context.log_folder)
        if context.address:
            raise UsageError(
                f"the executor 'docker' takes no address: {context.address!r}",
                hint="set DOCKER_HOST for an engine elsewhere",
            )
        self._plugins = context.plugins
        self._limits = allowed(context.settings or DockerSettings())
        self._engine = ContainerEngine()
        self._images: dict[str, tuple[str, tuple[str, ...]]] = {}
        self._build = uuid.uuid4().hex
        self._reaper: subprocess.Popen[bytes] | None = None
        self._lost_at: float | None = None

    def stream(self, job_type: str, worker_id: str) -> Stream:
        cpus = min(self._limits.cpus, self._cpus)
        image, options = self._image(job_type)
        if self._reaper is None:
            self._reaper = start_reaper(self._build, self._engine.command)
        return CommandStream(
            (
                *self._engine.command,
                *("run", "--interactive", "--rm", "--init", "--pull", "never"),
                *("--name", container_name(worker_id), "--label", f"{BUILD_LABEL}={self._build}"),
                *isolation(self._limits, cpus),
                *options,
                image,
            )
        )

    def identity(self, job_type: str) -> str:
        # Its name may be given to another image between the builds.
        return self._image(job_type)[0]

    def is_away(self, job_type: str) -> bool:
        """Whether the engine has been lost and may be back soon."""
        if self._lost_at is None:
            return False
        if self._engine.answers():
            self._lost_at = None
            return False
        return time.monotonic() - self._lost_at < _RESTART_SECONDS

    def ended(self, worker_id: str) -> None:
        # The container ends with its standard input; this is for an engine that was stopped.
        try:
            self._engine.ask("rm", "--force", container_name(worker_id))
        except ContainerError as error:
            if "no such container" not in error.message.lower():
                self._lost_at = self._lost_at or time.monotonic()
                log.warning("container of worker %s: %s", worker_id, error.message)

    @cached_property
    def _cpus(self) -> int:
        return self._engine.check_limits()

    def _image(self, job_type: str) -> tuple[str, tuple[str, ...]]:
        if job_type not in self._images:
            self._images[job_type] = self._found_image(job_type)
        return self._images[job_type]

    def _found_image(self, job_type: str) -> tuple[str, tuple[str, ...]]:
        """The id of the image for a job type, and the options that it needs.

        Raises:
            ContainerError: there is no image.
        """
        plugin = self._plugins.plugin_of(job_type)
        if not self._plugins.job_type(job_type).containable:
            raise ContainerError(
                f"jobs of type {job_type!r} cannot run in a container",
                hint=f"name executors of the others only: --executor TYPE={self.name}",
            )
        image = image_name(plugin.name, plugin.version)
        build = f"`clm workers images build {plugin.name}`"
        found = self._engine.image(image)
        if found is None:
            raise ContainerError(
                f"there is no image {image!r} for the job type {job_type!r}",
                hint=f"build it: {build}, or pull it from where it was pushed",
            )
        identity, labels = found
        return identity, sandbox_options() if labels.get(SANDBOX_LABEL) else ()


def container_name(worker_id: str) -> str:
    """The name of a worker's container."""
    return f"clm-{_NOT_IN_NAMES.sub('-', worker_id)}"


def isolation(limits: DockerSettings, cpus: float) -> tuple[str, ...]:
    """The options that keep a container from everything but its pipe."""
    memory = str(parse_size(limits.memory))
    temporary = f"/tmp:mode=1777,size={parse_size(limits.temporary_size)}"
    return (
        # Else the engine would write everything that passes through the pipe to a file.
        *("--log-driver", "none"),
        *("--network", "none"),
        *("--read-only", "--tmpfs", temporary, "--workdir", "/tmp"),
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", USER),
        *("--memory", memory, "--memory-swap", memory, "--cpus", f"{cpus:g}"),
        *("--pids-limit", str(limits.processes), "--ulimit", "core=0"),
    )


def sandbox_options() -> tuple[str, ...]:
    """The options that let a browser use its own sandbox."""
    profile = files("clm_plugin_docker") / "seccomp-browser.json"
    return ("--security-opt", f"seccomp={profile}")
