"""Checks of the spec's plugin settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clm.course.spec import CourseSpec
from clm.errors import Diagnostic, SettingsError, SpecError
from clm.plugins import PluginRegistry


def usable_settings(
    spec: CourseSpec, plugins: PluginRegistry
) -> tuple[dict[str, dict[str, object]], list[Diagnostic]]:
    """The valid settings, and a diagnostic for each invalid one.

    Settings of a plugin that is not installed are not invalid: `requires` lists required plugins.
    """
    usable: dict[str, dict[str, object]] = {}
    faults: list[Diagnostic] = []
    for name, values in spec.plugins.items():
        usable[name] = {}
        if plugins.plugin(name) is not None:
            faults += _check_values(name, values, usable[name], spec, plugins)
    return usable, faults


def check_settings(spec: CourseSpec, plugins: PluginRegistry) -> None:
    """Checks that the spec's plugin settings match the plugins' declarations.

    Raises:
        SpecError: with all that do not.
    """
    _, faults = usable_settings(spec, plugins)
    if faults:
        raise SpecError(faults)


def _check_values(
    plugin: str,
    values: Mapping[str, Any],
    usable: dict[str, object],
    spec: CourseSpec,
    plugins: PluginRegistry,
) -> Iterator[Diagnostic]:
    """Adds the valid values to `usable`; yields a diagnostic for each other one."""
    try:
        plugins.settings(plugin, {})
    except SettingsError as error:
        yield Diagnostic(error.message, hint=error.hint)  # in an environment variable
        return
    for key, value in values.items():
        candidate = {**usable, key: value}
        try:
            plugins.settings(plugin, candidate)
        except SettingsError as error:
            place = spec.place_of("plugins", plugin, key)
            yield Diagnostic(error.message, place=place, hint=error.hint, excerpt=key)
        else:
            usable[key] = value
