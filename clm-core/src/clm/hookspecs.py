"""The hooks that a plugin may implement.

Hooks register, they do not act: each returns what the plugin offers, is called once per
process, and must be quick. Decorate implementations with `clm.hookimpl`.

The module with the hooks says by `clm_api_version = 1` for which version of this interface it
is made. Without it the plugin is taken for one of today's version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from clm.jobs.job_type import JobType
    from clm.registration import BackendType, Check
    from clm.starters import Starter

PROJECT = "clm"

API_VERSION = 1
"""The version of the interface for plugins: it rises when one that worked may not any more."""

OLDEST_API_VERSION = 1
"""The oldest version whose plugins still work; those below API_VERSION with a warning."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def clm_job_types() -> list[JobType]:
    """The job types that the plugin adds."""
    raise NotImplementedError


@hookspec
def clm_backends() -> list[BackendType]:
    """The backends that the plugin adds, chosen by name with `clm build --backend NAME`."""
    raise NotImplementedError


@hookspec
def clm_settings() -> type:
    """The attrs class of the plugin's settings, at most one.

    Its values come from `plugins.<plugin name>` in the course spec and from environment
    variables `CLM_<PLUGIN NAME>_<FIELD>`, which win. Every field has a default and, in its
    metadata, a text `help`.
    """
    raise NotImplementedError


@hookspec
def clm_checks() -> list[Check]:
    """The checks of `clm doctor`: is each tool there, in which version, what installs it."""
    raise NotImplementedError


@hookspec
def clm_starters() -> list[Starter]:
    """The files to start from that `clm init` and `clm new deck` write.

    A course made of them, whichever other plugins are there, must build without a warning.
    """
    raise NotImplementedError


@hookspec
def clm_commands(cli: click.Group) -> None:
    """Add the plugin's own sub-commands to the group `cli`."""
