"""Hooks of the plugin.

Every command loads this module, so it imports what only some commands need on use.
"""

from __future__ import annotations

import click

from clm import Check, ExecutorType, hookimpl

clm_api_version = 1


@hookimpl
def clm_executors() -> list[ExecutorType]:
    return [
        ExecutorType(
            "docker",
            "workers in containers, without network and files of the machine",
            "clm_plugin_docker.executor:DockerWorkerExecutor",
            isolates=True,
        )
    ]


@hookimpl
def clm_settings() -> type:
    from clm_plugin_docker.settings import DockerSettings

    return DockerSettings


@hookimpl
def clm_checks() -> list[Check]:
    from clm_plugin_docker.checks import check_engine  # no build needs it

    return [Check("container engine", check_engine)]


@hookimpl
def clm_commands(cli: click.Group) -> None:
    from clm_plugin_docker.commands import images

    cli.add_command(images, "workers images")
