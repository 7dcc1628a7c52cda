"""The hooks that a plugin may implement.

Most hooks only register: each returns what the plugin provides, is called once per process, and
must return quickly. `clm_build_started` and `clm_build_finished` are called for each build,
`clm_check_course` for each validation.
Decorate implementations with `clm.hookimpl`; they take the arguments that they need.

The module with the hooks declares with `clm_api_version = 1` the version of this interface that
it is written for. Without the declaration, the current version is assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import click

    from clm.builds import CheckedCourse, FinishedBuild, StartedBuild
    from clm.errors import Diagnostic
    from clm.jobs.job_type import JobType
    from clm.registration import (
        BackendType,
        Check,
        ExecutorType,
        OwnHooks,
        ResultStoreType,
    )
    from clm.starters import Starter

PROJECT = "clm"

API_VERSION = 1
"""The version of the plugin interface; it is raised when a change may break plugins."""

OLDEST_API_VERSION = 1
"""The oldest supported version; plugins below API_VERSION load with a deprecation warning."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def clm_job_types() -> list[JobType]:
    """The job types that the plugin adds."""
    raise NotImplementedError


@hookspec
def clm_backends() -> list[BackendType]:
    """The backends that the plugin adds, selected with `clm build --backend NAME`."""
    raise NotImplementedError


@hookspec
def clm_executors() -> list[ExecutorType]:
    """The executors that the plugin adds, selected with `clm build --executor NAME`."""
    raise NotImplementedError


@hookspec
def clm_result_stores() -> list[ResultStoreType]:
    """The stores that the plugin adds for the shared cache, selected by the scheme of its URL."""
    raise NotImplementedError


@hookspec
def clm_settings() -> type:
    """The attrs class of the plugin's settings, at most one.

    Its values come from `plugins.<plugin name>` in the course spec and from environment
    variables `CLM_<PLUGIN NAME>_<FIELD>`, which take precedence. Every field has a default and
    a text `help` in its metadata. If the metadata of a field have a value `initial`, `clm init`
    writes it to the spec of a new course; if they also have `for_sites`, only where a job type
    has `page_links`.
    """
    raise NotImplementedError


@hookspec
def clm_checks() -> list[Check]:
    """The checks of `clm doctor`: presence and version of each tool, and how to install it.

    A check of a tool that a setting names takes the settings, see `Check`.
    """
    raise NotImplementedError


@hookspec
def clm_starters() -> list[Starter]:
    """The starters whose files `clm init` and `clm new deck` write.

    A course made of them must build without a warning, whichever other plugins are installed.
    """
    raise NotImplementedError


@hookspec
def clm_own_hooks() -> OwnHooks:
    """The hooks that the plugin offers to other plugins, at most one result.

    Other plugins implement them as they implement those of CLM. The job types of the plugin that
    offers them get the results, see `JobType.extend`.
    """
    raise NotImplementedError


@hookspec
def clm_commands(cli: click.Group) -> None:
    """Add the plugin's own subcommands to the group `cli`.

    A command that is added under the name `workers NAME` becomes one of `clm workers`.
    """


@hookspec
def clm_check_course(course: CheckedCourse) -> list[Diagnostic]:
    """The problems that `clm validate` reports of what the plugin reads of the spec.

    Those of the settings' types and validators, and of sources, are found without it.
    """
    raise NotImplementedError


@hookspec
def clm_build_started(build: StartedBuild, settings: Any) -> None:
    """Called before each build, also in `clm watch`, but not before a dry run.

    `settings` are those of the plugin for the course, None if it declares none. The build goes on
    if the hook raises; its error is one of the build. A `UsageError` is a message for the user,
    any other error a fault of the plugin.
    """
    raise NotImplementedError


@hookspec
def clm_build_finished(build: FinishedBuild, settings: Any) -> None:
    """Called after each build that was carried out, with its outputs: to publish them, for example.

    It is not called after a build that was interrupted. The outputs are written and recorded: an
    error of the hook, as of `clm_build_started`, loses none. It must not change the outputs.
    """
    raise NotImplementedError
