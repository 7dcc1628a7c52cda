"""Settings of plugins from the spec."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import fields

from clm.course.course import Course
from clm.course.spec import CourseSpec
from clm.errors import Diagnostic, SettingsError, Severity, SpecError
from clm.plugins import PluginRegistry

_WRONG = object()


def settings_of(course: Course, plugins: PluginRegistry, plugin: str) -> Any:
    """The settings of a plugin: its own in the spec, and defaults of the course for it.

    Raises:
        SettingsError: a setting is unknown, or a value is invalid.
    """
    own = course.spec.plugins.get(plugin, {})
    defaults = defaults_for(plugin, own, course.spec, course.data_dir, plugins)
    return plugins.settings(plugin, {**defaults, **own})


def defaults_for(
    plugin: str,
    own: Mapping[str, Any],
    spec: CourseSpec,
    data_dir: Path,
    plugins: PluginRegistry,
) -> dict[str, str]:
    """The course's defaults for a plugin that its own settings in the spec do not replace."""
    if not spec.plugin_defaults:
        return {}
    wanted = _setting_names(plugins, plugin) - {key.replace("-", "_") for key in own}
    return {
        key: str(path)
        for key, value in spec.plugin_defaults.items()
        if key.replace("-", "_") in wanted and (path := _interpreter(data_dir, value))
    }


def default_problems(course: Course, plugins: PluginRegistry) -> Iterator[Diagnostic]:
    """A warning for each of the course's defaults for plugins that cannot be used."""
    if not course.spec.plugin_defaults:
        return
    names = set().union(*(_setting_names(plugins, plugin.name) for plugin in plugins.plugins))
    for key, value in course.spec.plugin_defaults.items():
        place = course.spec.place_of(key)
        if key.replace("-", "_") not in names:
            message = f"{key!r} has no effect: no installed plugin has this setting"
            yield Diagnostic(message, Severity.WARNING, place, excerpt=key)
        elif _interpreter(course.data_dir, value) is None:
            yield Diagnostic(
                f"there is no Python in {value!r}; code runs in that of CLM",
                Severity.WARNING,
                place,
                hint=f"create it in {course.data_dir}, for example with `python -m venv {value}`",
                excerpt=value,
            )


def _setting_names(plugins: PluginRegistry, plugin: str) -> set[str]:
    loaded = plugins.plugin(plugin)
    cls = loaded.offer.settings if loaded is not None and loaded.offer is not None else None
    return {field.name for field in fields(cls)} if cls is not None else set()


def _interpreter(data_dir: Path, value: str) -> Path | None:
    """The interpreter of a virtual environment, or at a path; None if it does not exist.

    Symbolic links are not resolved: the interpreter of an environment is one.
    """
    path = data_dir / os.path.expanduser(value)  # noqa: PTH111  # of any text
    candidates = (path / "bin" / "python", path / "Scripts" / "python.exe", path)
    return next((candidate for candidate in candidates if candidate.is_file()), None)


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
    return usable, sorted(faults, key=_position)


def _position(fault: Diagnostic) -> tuple[int, int]:
    place = fault.place
    return (place.line or 0, place.column or 0) if place else (0, 0)


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
        right = yield from _right_part(plugin, key, value, usable, spec, plugins)
        if right is not _WRONG:
            usable[key] = right


def _right_part(
    plugin: str,
    key: str,
    value: Any,
    usable: Mapping[str, object],
    spec: CourseSpec,
    plugins: PluginRegistry,
) -> Generator[Diagnostic, None, Any]:
    """Yields a diagnostic for each fault of a value; returns what is left without them."""
    entries: set[str | int] = set()
    while True:
        try:
            plugins.settings(plugin, {**usable, key: value})
        except SettingsError as error:
            # What is wrong in an entry after the removal of a part of it, may follow from that.
            if len(error.keys) != 1 or error.keys[0] not in entries:
                mark = spec.mark_of("plugins", plugin, key, *error.keys, of_key=error.of_key)
                yield Diagnostic(
                    error.message, place=mark.place, hint=error.hint, excerpt=mark.text
                )
            if not error.keys or not isinstance(value, Mapping):
                return _WRONG
            entries.add(error.keys[0])
            smaller = _without(value, error.keys)
            if smaller == value:
                return _WRONG
            value = smaller
        else:
            return value


def _without(value: Mapping[str, Any], keys: Sequence[str | int]) -> dict[str, Any]:
    """A mapping without what these keys lead to; without its entry, if that is no mapping."""
    first, inner = str(keys[0]), value.get(str(keys[0]))
    if len(keys) > 1 and isinstance(inner, Mapping) and keys[1] in inner:
        return {**value, first: _without(inner, keys[1:])}
    return {k: v for k, v in value.items() if k != first}
