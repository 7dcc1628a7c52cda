"""Asking plugins for the files that a topic starts from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import evolve, frozen

from clm.course.relative_path import relative_path
from clm.errors import (
    PLUGIN_FAULT,
    ClmError,
    Diagnostic,
    PluginConflictError,
    PluginLoadError,
    Severity,
)
from clm.plugins import LoadedPlugin, PluginRegistry
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
    """Every starter, with the settings of its plugin that a spec has under `plugins`.

    Raises:
        SettingsError: they are not as the plugin declares them.
    """
    known = settings or {}
    return [
        ChosenStarter(plugin, starter, plugins.settings(plugin.name, known.get(plugin.name, {})))
        for plugin, starter in plugins.starters()
    ]


def usable_starters(
    starters: Iterable[ChosenStarter], run_check: Callable[[Check], CheckResult]
) -> tuple[list[ChosenStarter], list[Diagnostic]]:
    """The starters whose tools are there, and why each of the others is not among them."""
    usable: list[ChosenStarter] = []
    left_out: list[Diagnostic] = []
    for item in starters:
        failed = _failed_check(item.plugin, item.starter, run_check)
        if failed is None:
            usable.append(item)
        else:
            name = f"the {item.starter.name} of {item.plugin.name}"
            said = f"{name} is left out: {failed.message}"
            hint = "`clm doctor` says how to mend it"
            left_out.append(Diagnostic(said, Severity.WARNING, hint=hint))
    return usable, left_out


def topic_files(chosen: Iterable[ChosenStarter], request: StarterRequest) -> StarterFiles:
    """The files of all these starters; the decks show the pictures of the others.

    Raises:
        ClmError: one cannot make its files, or two want the same one.
    """
    ordered = sorted(chosen, key=lambda item: item.starter.is_deck)
    merged = StarterFiles({})
    owners: dict[str, str] = {}
    for item in ordered:
        made = _made(item, evolve(request, pictures=merged.pictures))
        for path in made.files:
            if owners.setdefault(path, item.plugin.name) != item.plugin.name:
                raise PluginConflictError(
                    f"the plugins {owners[path]!r} and {item.plugin.name!r} both start with {path}",
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
    """The files' contents as they are written."""
    return {
        path: content if isinstance(content, bytes) else content.encode()
        for path, content in files.items()
    }


def _failed_check(
    plugin: LoadedPlugin, starter: Starter, run_check: Callable[[Check], CheckResult]
) -> CheckResult | None:
    checks = plugin.offer.checks if plugin.offer else ()
    for check in checks:
        if check.name in starter.checks:
            result = run_check(check)
            if not result.ok:
                return result
    return None


def _made(item: ChosenStarter, request: StarterRequest) -> StarterFiles:
    try:
        made = item.starter.make(evolve(request, settings=item.settings))
        if not isinstance(made, StarterFiles):
            raise TypeError(f"it gave {made!r}, not StarterFiles")
        for path in made.files:
            if str(relative_path(path)) != path:
                raise ValueError(f"{path!r} is not a path in the topic")
    except ClmError:
        raise
    except (Exception, SystemExit) as error:
        where = f"{item.plugin.found.label}: the starter {item.starter.name!r}"
        raise PluginLoadError(
            f"{where} cannot make its files: {type(error).__name__}: {error}",
            plugin=item.plugin.name,
            hint=PLUGIN_FAULT,
        ) from error
    return made
