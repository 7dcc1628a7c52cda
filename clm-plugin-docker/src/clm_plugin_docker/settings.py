"""Settings of the plugin: the limits of containers, and what only the user can choose."""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs
from attrs import field, frozen
from attrs.validators import ge

from clm import UsageError, parse_size

COMMAND_VARIABLE = "CLM_DOCKER_COMMAND"
IMAGES_VARIABLE = "CLM_DOCKER_IMAGES"


def _is_size(instance: object, attribute: attrs.Attribute[str], value: str) -> None:
    try:
        parse_size(value, attribute.name)
    except UsageError as error:
        raise ValueError(error.message) from error


@frozen(repr=False)
class DockerSettings:
    """The limits of each container. A course can only lower them: it may be a stranger's."""

    memory: str = field(
        default="2GB",
        validator=_is_size,
        metadata={"help": "memory of a worker's container, without swap"},
    )
    temporary_size: str = field(
        default="512MB",
        validator=_is_size,
        metadata={"help": "size of a container's folder for temporary files, part of its memory"},
    )
    cpus: float = field(
        default=2.0, validator=ge(0.01), metadata={"help": "CPUs that a container may use"}
    )
    processes: int = field(
        default=512,
        validator=ge(64),
        metadata={"help": "processes and threads that a container may have"},
    )


def allowed(settings: DockerSettings, environ: Mapping[str, str] | None = None) -> DockerSettings:
    """The settings, unless the course has raised a limit.

    Raises:
        UsageError: it has; only the environment may.
    """
    environ = os.environ if environ is None else environ
    default = DockerSettings()
    for name in ("memory", "temporary_size", "cpus", "processes"):
        variable = f"CLM_DOCKER_{name.upper()}"
        value, limit = getattr(settings, name), getattr(default, name)
        if variable not in environ and _number(value) > _number(limit):
            key = name.replace("_", "-")
            raise UsageError(
                f"the course sets {key} of plugin 'docker' to {value}, above {limit}",
                hint=f"if you trust the course, set {variable}={value}",
            )
    return settings


def docker_command(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The program and its first arguments, such as `docker` or `podman --remote`."""
    import shlex  # every command loads this module

    environ = os.environ if environ is None else environ
    return tuple(shlex.split(environ.get(COMMAND_VARIABLE, ""))) or ("docker",)


def image_name(plugin: str, version: str, environ: Mapping[str, str] | None = None) -> str:
    """The name of a plugin's image: a prefix from the environment, the plugin, its version."""
    environ = os.environ if environ is None else environ
    tag = "".join(c if c.isalnum() or c in "._-" else "-" for c in version)
    return f"{environ.get(IMAGES_VARIABLE, 'clm-')}{plugin}:{tag}"


def _number(value: str | float) -> float:
    return parse_size(value) if isinstance(value, str) else value
