"""The spec's settings of plugins: which can be used, and where the others are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clm.course.spec import CourseSpec
from clm.errors import Diagnostic, SettingsError, SpecError
from clm.plugins import PluginRegistry


def usable_settings(
    spec: CourseSpec, plugins: PluginRegistry
) -> tuple[dict[str, dict[str, object]], list[Diagnostic]]:
    """The settings without those that are wrong, and what is wrong with those.

    Settings of a plugin that is not there are no fault here: `requires` says what must be.
    """
    usable: dict[str, dict[str, object]] = {}
    faults: list[Diagnostic] = []
    for name, values in spec.plugins.items():
        usable[name] = {}
        if plugins.plugin(name) is not None:
            faults += _sorted_out(name, values, usable[name], spec, plugins)
    return usable, faults


def check_settings(spec: CourseSpec, plugins: PluginRegistry) -> None:
    """Makes sure that the spec's plugin settings are what the plugins declare.

    Raises:
        SpecError: with all that are not.
    """
    _, faults = usable_settings(spec, plugins)
    if faults:
        raise SpecError(faults)


def _sorted_out(
    plugin: str,
    values: Mapping[str, Any],
    usable: dict[str, object],
    spec: CourseSpec,
    plugins: PluginRegistry,
) -> Iterator[Diagnostic]:
    """Fills `usable`; gives what is wrong with the other values."""
    try:
        plugins.settings(plugin, {})
    except SettingsError as error:
        yield Diagnostic(error.message, hint=error.hint)  # of the environment
        return
    for key, value in values.items():
        together = {**usable, key: value}
        try:
            plugins.settings(plugin, together)
        except SettingsError as error:
            place = spec.place_of("plugins", plugin, key)
            yield Diagnostic(error.message, place=place, hint=error.hint, excerpt=key)
        else:
            usable[key] = value
