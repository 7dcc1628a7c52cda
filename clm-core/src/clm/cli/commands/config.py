"""`clm config show`: settings, their values and origins."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from attrs import asdict, frozen

from clm.cli.current_course import current_spec
from clm.cli.groups import load_plugins_of
from clm.cli.options import StoredPath, common_options
from clm.cli.output.console import json_option, plain, show_all, write_json
from clm.cli.output.formatting import shown_path
from clm.cli.output.tables import show_table
from clm.plugins import LoadedPlugin, PluginRegistry
from clm.plugins.declared import declared_settings, value_text
from clm.plugins.discovery import BLOCK_VARIABLE, LOAD_VARIABLE
from clm.plugins.loading import load_seconds
from clm.plugins.time_limit import LOAD_SECONDS_VARIABLE

_SPEC = StoredPath(dir_okay=False)


@frozen
class _Setting:
    """A setting with its value and origin."""

    setting: str
    value: str
    origin: str
    help: str


@click.command("show")
@click.argument("spec", required=False, type=_SPEC)
@click.option("--origin", is_flag=True, help="Show the origin of each value.")
@json_option
@common_options
def show_config(spec: Path | None, origin: bool, as_json: bool) -> None:
    """Show all settings and their values.

    The settings of a course are included: those of SPEC, or of the course that the current folder
    is in. Environment variables override the spec, which overrides the defaults. An invalid value
    is an error, as in a build.
    """
    spec = current_spec(spec)
    registry = load_plugins_of(spec)
    for problem in registry.problems:
        show_all(problem.diagnostics)
    settings = [*_of_core(), *_of_plugins(registry, spec)]
    if as_json:
        write_json(course=str(spec) if spec else None, settings=[asdict(item) for item in settings])
        return
    if spec is not None:
        click.echo(plain(f"course: {shown_path(spec)}\n"))
    columns = ("SETTING", "VALUE", "ORIGIN") if origin else ("SETTING", "VALUE")
    rows = [(item.setting, item.value, item.origin)[: len(columns)] for item in settings]
    show_table(columns, rows)


def _of_core() -> Iterator[_Setting]:
    variables = {
        BLOCK_VARIABLE: ("", "Plugins that are not loaded (comma-separated)."),
        LOAD_VARIABLE: ("", "The only plugins that are loaded (comma-separated)."),
        LOAD_SECONDS_VARIABLE: (
            f"{load_seconds():g}",
            "Time limit for loading a plugin, in seconds.",
        ),
        "CLM_DB_PATH": ("", "Path of the job queue's database."),
    }
    for variable, (default, text) in variables.items():
        is_set = variable in os.environ
        value = os.environ.get(variable, default)
        yield _Setting(variable, value, f"environment: {variable}" if is_set else "default", text)


def _of_plugins(registry: PluginRegistry, spec: Path | None) -> Iterator[_Setting]:
    given = _in_spec(registry, spec) if spec is not None else {}
    for plugin in registry.plugins:
        if plugin.offer is not None and plugin.offer.settings is not None:
            yield from _of_plugin(registry, plugin, given.get(plugin.name, {}), spec)


def _in_spec(registry: PluginRegistry, path: Path) -> Mapping[str, Mapping[str, Any]]:
    """The settings of plugins in the spec, with the course's defaults for them."""
    # Imported here, since most calls are for no course.
    from clm.builder.planning.plugins.settings import defaults_for
    from clm.course.course import usual_data_dir
    from clm.course.syntax.reader import load_spec

    spec = load_spec(path)
    found: dict[str, Mapping[str, Any]] = {}
    for plugin in registry.plugins:
        own = spec.plugins.get(plugin.name, {})
        defaults = defaults_for(plugin.name, own, spec, usual_data_dir(spec), registry)
        found[plugin.name] = {**defaults, **own}
    return found


def _of_plugin(
    registry: PluginRegistry, plugin: LoadedPlugin, given: Mapping[str, Any], spec: Path | None
) -> Iterator[_Setting]:
    assert plugin.offer is not None
    settings = registry.settings(plugin.name, given)
    in_spec = {str(key).replace("_", "-") for key in given}
    for declared in declared_settings(plugin.name, plugin.offer.settings):
        value = getattr(settings, declared.name.replace("-", "_"))
        if declared.variable in os.environ:
            origin = f"environment: {declared.variable}"
        else:
            origin = str(spec) if declared.name in in_spec else "default"
        key = f"plugins.{plugin.name}.{declared.name}"
        yield _Setting(key, value_text(value), origin, declared.help)
