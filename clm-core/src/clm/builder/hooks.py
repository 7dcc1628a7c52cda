"""Calls of the hooks of builds and `validate`; an error in one is reported as its plugin's."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve

from clm.builder.options import BuildOptions
from clm.builder.report import BuildListener, BuildReport
from clm.errors import PLUGIN_FAULT, ClmError, Diagnostic, PluginLoadError
from clm.plugins import PluginRegistry
from clm.plugins.discovery import FoundPlugin
from clm.plugins.loading import PluginHooks, guarded
from clm.plugins.time_limit import (
    HOOK_SECONDS_VARIABLE,
    TookTooLongError,
    seconds_in,
    time_limit,
)

if TYPE_CHECKING:
    from clm.builder.outcome.finished import Delivered
    from clm.builds import CheckedCourse
    from clm.course.course import Course

_HOOK_SECONDS = 600.0


def call_started(
    plugins: PluginRegistry,
    options: BuildOptions,
    course: Course,
    report: BuildReport,
    listener: BuildListener,
) -> None:
    """Call `clm_build_started` of all plugins; errors become problems of the report."""
    implementing = _implementing(plugins, options, "clm_build_started")
    if not implementing:
        return
    from clm.builder.outcome.finished import started_build  # few builds have such hooks
    from clm.builder.planning.plugins.settings import settings_of

    build = started_build(options, course)
    for found, hooks in implementing:
        settings = settings_of(course, plugins, found.name)
        _call(found, partial(hooks.build_started, build, settings), report, listener)


def call_finished(
    plugins: PluginRegistry,
    options: BuildOptions,
    delivered: Callable[[], Delivered] | None,
    report: BuildReport,
    listener: BuildListener,
) -> None:
    """Call `clm_build_finished` of all plugins for a build that was carried out; likewise."""
    implementing = _implementing(plugins, options, "clm_build_finished")
    if not implementing or delivered is None:
        return
    from clm.builder.planning.plugins.settings import settings_of  # as above

    outputs = delivered()
    build = outputs.view(options, report, ok=report.ok)
    for found, hooks in implementing:
        settings = settings_of(outputs.course, plugins, found.name)
        _call(found, partial(hooks.build_finished, build, settings), report, listener)


def problems_of_course(course: Course, plugins: PluginRegistry) -> Iterator[Diagnostic]:
    """What the hooks `clm_check_course` find, and what is wrong with the hooks."""
    for plugin in plugins.plugins:
        offer, found = plugin.offer, plugin.found
        if offer is None or not offer.hooks.has("clm_check_course"):
            continue
        # Few plugins have this hook.
        from clm.builder.outcome.finished import course_info
        from clm.builder.planning.plugins.settings import settings_of
        from clm.builds import CheckedCourse

        checked = CheckedCourse(
            course_info(course),
            settings_of(course, plugins, found.name),
            tuple(target.name for target in course.spec.output_targets),
            offer.hook_results,
            partial(course.spec.place_of, "plugins", found.name),
        )
        problems: list[Diagnostic] = []
        yield from _problems(found, partial(_check, offer.hooks, checked, problems))
        yield from problems


def check_courses(plugins: PluginRegistry) -> bool:
    """Whether a plugin has the hook `clm_check_course`."""
    offers = (plugin.offer for plugin in plugins.plugins)
    return any(offer is not None and offer.hooks.has("clm_check_course") for offer in offers)


def _check(hooks: PluginHooks, course: CheckedCourse, problems: list[Diagnostic]) -> None:
    problems += hooks.check_course(course)


def has_hooks(plugins: PluginRegistry, options: BuildOptions) -> bool:
    """Whether a plugin is called before or after such a build."""
    hooks = ("clm_build_started", "clm_build_finished")
    return any(_implementing(plugins, options, hook) for hook in hooks)


def _implementing(
    plugins: PluginRegistry, options: BuildOptions, hook: str
) -> list[tuple[FoundPlugin, PluginHooks]]:
    if options.dry_run:
        return []
    loaded = [(plugin.found, plugin.offer) for plugin in plugins.plugins]
    return [(found, offer.hooks) for found, offer in loaded if offer and offer.hooks.has(hook)]


def _call(
    found: FoundPlugin, call: Callable[[], None], report: BuildReport, listener: BuildListener
) -> None:
    for problem in _problems(found, call):
        report.problems.append(problem)
        listener.problem(problem)


def _problems(found: FoundPlugin, call: Callable[[], None]) -> tuple[Diagnostic, ...]:
    """Call a hook; return what went wrong, with the plugin's name and version."""

    def limited() -> None:
        what = f"{found.label}: its hook"
        # Standard output is for the events of `--json`.
        with redirect_stdout(sys.stderr), time_limit(hook_seconds(), what):
            call()

    passing = (ClmError, TookTooLongError)
    try:
        guarded(found, "it failed", limited, hint=PLUGIN_FAULT, passing=passing)
    except PluginLoadError as error:
        return error.diagnostics
    except ClmError as error:  # a message for the user
        return tuple(evolve(d, message=f"{found.label}: {d.message}") for d in error.diagnostics)
    except TookTooLongError:
        message = f"{found.label}: its hook took longer than {hook_seconds():g} s"
        hint = f"give it more time with {HOOK_SECONDS_VARIABLE}, or report it to the authors"
        return (Diagnostic(message, hint=hint),)
    return ()


def hook_seconds() -> float:
    """The time limit for a hook that is called for a build."""
    return seconds_in(HOOK_SECONDS_VARIABLE, _HOOK_SECONDS)
