"""Starter files for topics, from plugins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import evolve, fields, frozen

from clm.course.paths.relative_path import relative_path
from clm.errors import (
    PLUGIN_FAULT,
    ClmError,
    Diagnostic,
    PluginConflictError,
    PluginLoadError,
    Severity,
)
from clm.hints import cause
from clm.plugins import LoadedPlugin, PluginRegistry
from clm.plugins.time_limit import TookTooLongError, call_seconds, time_limit
from clm.registration import Check, CheckResult
from clm.starters import Starter, StarterFiles, StarterRequest


@frozen
class ChosenStarter:
    """A starter, its plugin, and the plugin's settings."""

    plugin: LoadedPlugin
    starter: Starter
    settings: Any = None


def all_starters(
    plugins: PluginRegistry, settings: Mapping[str, Mapping[str, Any]] | None = None
) -> list[ChosenStarter]:
    """All starters, with their plugins' settings from the `plugins` of a spec.

    Raises:
        SettingsError: the settings do not match the plugin's declaration.
    """
    known = settings or {}
    return [
        ChosenStarter(plugin, starter, plugins.settings(plugin.name, known.get(plugin.name, {})))
        for plugin, starter in plugins.starters()
    ]


def initial_settings(plugins: PluginRegistry) -> dict[str, dict[str, Any]]:
    """The settings that plugins propose for the spec of a new course, by their plugins.

    Those `for_sites` are proposed if a plugin offers pages that lead to all others.
    """
    found: dict[str, dict[str, Any]] = {}
    has_site = any(job_type.page_links for job_type in plugins.job_types.values())
    for plugin in plugins.plugins:
        settings = plugin.offer.settings if plugin.offer else None
        for setting in fields(settings) if settings else ():
            proposes = has_site or not setting.metadata.get("for_sites")
            if "initial" in setting.metadata and proposes:
                name = setting.name.replace("_", "-")
                found.setdefault(plugin.name, {})[name] = setting.metadata["initial"]
    return found


def usable_starters(
    starters: Iterable[ChosenStarter], run_check: Callable[[Check, object], CheckResult]
) -> tuple[list[ChosenStarter], list[Diagnostic]]:
    """The starters whose checks succeed, and a warning for each of the others."""
    usable: list[ChosenStarter] = []
    omitted: list[Diagnostic] = []
    for item in starters:
        failed = _failed_check(item, run_check)
        if failed is None:
            usable.append(item)
        else:
            name = f"the {item.starter.name} of {item.plugin.name}"
            message = f"{name} was omitted: {failed.message}"
            hint = "`clm doctor` shows how to fix it"
            omitted.append(Diagnostic(message, Severity.WARNING, hint=hint))
    return usable, omitted


def topic_files(chosen: Iterable[ChosenStarter], request: StarterRequest) -> StarterFiles:
    """The files of all these starters; decks show the pictures of the others.

    Raises:
        ClmError: a starter cannot create its files, or two create the same file.
    """
    ordered = sorted(chosen, key=lambda item: item.starter.is_deck)
    merged = StarterFiles({})
    owners: dict[str, str] = {}
    for item in ordered:
        made = _made(item, evolve(request, pictures=merged.pictures))
        for path in made.files:
            if owners.setdefault(path, item.plugin.name) != item.plugin.name:
                raise PluginConflictError(
                    f"the plugins {owners[path]!r} and {item.plugin.name!r} both create {path}",
                    plugin=item.plugin.name,
                    hint="block one of them with CLM_BLOCK_PLUGINS",
                )
        merged = StarterFiles(
            {**merged.files, **made.files},
            (*merged.pictures, *made.pictures),
            {**merged.topic_options, **made.topic_options},
            (*merged.notes, *made.notes),
        )
    return merged


def as_bytes(files: Mapping[str, str | bytes]) -> dict[str, bytes]:
    """The contents of the files as bytes."""
    return {
        path: content if isinstance(content, bytes) else content.encode()
        for path, content in files.items()
    }


def _failed_check(
    item: ChosenStarter, run_check: Callable[[Check, object], CheckResult]
) -> CheckResult | None:
    checks = item.plugin.offer.checks if item.plugin.offer else ()
    for check in checks:
        if check.name in item.starter.checks:
            result = run_check(check, item.settings)
            if not result.ok:
                return result
    return None


def _made(item: ChosenStarter, request: StarterRequest) -> StarterFiles:
    try:
        what = f"{item.plugin.found.label}: the starter {item.starter.name!r}"
        with time_limit(call_seconds(), what):
            made = item.starter.make(evolve(request, settings=item.settings))
        if not isinstance(made, StarterFiles):
            raise TypeError(f"it returned {made!r} instead of StarterFiles")
        for path in made.files:
            if str(relative_path(path)) != path:
                raise ValueError(f"{path!r} is not a path inside the topic")
    except ClmError:
        raise
    except (Exception, SystemExit, TookTooLongError) as error:
        where = f"{item.plugin.found.label}: the starter {item.starter.name!r}"
        raise PluginLoadError(
            f"{where} cannot create its files: {cause(error)}",
            plugin=item.plugin.name,
            hint=PLUGIN_FAULT,
        ) from error
    return made
