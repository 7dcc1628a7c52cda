"""Hooks: the settings and their checks, and the commands `clm publish` and `clm schedule`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clm import OwnHooks, hookimpl

if TYPE_CHECKING:
    import click

    from clm import Diagnostic
    from clm.builds import CheckedCourse
    from clm_plugin_publish.settings import PublishSettings

clm_api_version = 1


@hookimpl
def clm_settings() -> type[PublishSettings]:
    """Register the settings."""
    from clm_plugin_publish.settings import PublishSettings  # the list of commands needs none

    return PublishSettings


@hookimpl
def clm_own_hooks() -> OwnHooks:
    """Offer the hook for kinds of destinations to other plugins."""
    hooks = "clm_plugin_publish.hookspecs"
    return OwnHooks(hooks, f"{hooks}:check")


@hookimpl
def clm_check_course(course: CheckedCourse) -> list[Diagnostic]:
    """Report what is wrong with dates, destinations and cohorts."""
    from clm_plugin_publish.checks import problems_of  # only `clm validate` needs it

    return list(problems_of(course))


@hookimpl
def clm_commands(cli: click.Group) -> None:
    """Add the commands."""
    from clm_plugin_publish.commands import publish, schedule  # builds need none

    cli.add_command(publish)
    cli.add_command(schedule)
