"""`clm plugins list|info|check`: installed plugins."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import attrs
import click

from clm.cli.groups import LazyGroup, load_plugins_here
from clm.cli.options import common_options
from clm.cli.output.console import json_option, plain, show_all, write_json
from clm.cli.output.tables import show_table
from clm.errors import PluginError, UsageError
from clm.hints import nearest
from clm.plugins import LoadedPlugin, PluginRegistry
from clm.plugins.claims import claim_conflicts
from clm.plugins.commands import collect_commands
from clm.plugins.discovery import FoundPlugin
from clm.plugins.loading import guarded
from clm.workers.import_string import resolve

_HEADINGS = ("NAME", "DISTRIBUTION", "VERSION", "STATUS", "JOB TYPES", "BACKENDS")
_TIMING_HEADINGS = ("NAME", "DISTRIBUTION", "VERSION", "LOAD MS", "MODULES")


@click.command("list")
@common_options
@click.option("--timing", is_flag=True, help="Show the load times, slowest plugin first.")
@json_option
def list_plugins(timing: bool, as_json: bool) -> None:
    """List the installed plugins.

    Those of the course that the current folder is in are listed, too, and broken and blocked ones.
    """
    registry = load_plugins_here()
    if as_json:
        write_json(plugins=[_as_data(plugin) for plugin in registry.plugins])
        return
    if timing:
        slowest = sorted(registry.plugins, key=lambda plugin: -plugin.seconds)
        show_table(_TIMING_HEADINGS, map(_timing_row, slowest))
    else:
        show_table(_HEADINGS, map(_row, registry.plugins))
    for problem in registry.problems:
        show_all(problem.diagnostics)


@click.command("check")
@common_options
@click.pass_context
def check_plugins(context: click.Context) -> None:
    """Check that plugins load without conflicts.

    These are the installed ones, and those of the course that the current folder is in. `clm
    doctor` checks the external tools that they need. Exit codes: 0 no problems, 1 problems.
    """
    registry = load_plugins_here()
    for problem in registry.problems:
        show_all(problem.diagnostics)
    found = len(registry.problems) + _unusable_code(registry) + _conflicts(registry, context)
    outcome = f"{found} problem(s)" if found else "no problems"
    click.echo(f"{len(registry.plugins)} plugin(s): {outcome}")
    context.exit(1 if found else 0)


def _unusable_code(registry: PluginRegistry) -> int:
    """Report what workers cannot import, and return how much that is."""
    count = 0
    for found, what, code in (*_workers(registry), *_code_for_hosts(registry)):
        try:
            guarded(found, f"{what} cannot be loaded", partial(resolve, code))
        except PluginError as error:
            show_all(error.diagnostics)
            count += 1
    return count


def _workers(registry: PluginRegistry) -> Iterator[tuple[FoundPlugin, str, str]]:
    for job_type in registry.job_types.values():
        found = registry.plugin_of(job_type.name).found
        yield found, f"the worker of job type {job_type.name!r}", job_type.worker


def _code_for_hosts(registry: PluginRegistry) -> Iterator[tuple[FoundPlugin, str, str]]:
    """The code that plugins give to others, whose hooks they implement."""
    plugins = {plugin.name: plugin.found for plugin in registry.plugins}
    for host in registry.plugins:
        offer = host.offer
        if offer is None or offer.own_hooks is None or not offer.own_hooks.code:
            continue
        imports = resolve(offer.own_hooks.code)
        for result in offer.hook_results:
            for code in imports(result.hook, result.value):
                yield plugins[result.plugin], f"{code!r} for the plugin {host.name!r}", code


def _conflicts(registry: PluginRegistry, context: click.Context) -> int:
    """Report commands and patterns that several plugins claim, and return their number."""
    root = context.find_root().command
    taken = LazyGroup.list_commands(root, context) if isinstance(root, LazyGroup) else ()
    problems = (*registry.commands(taken)[1], *claim_conflicts(registry))
    for problem in problems:
        show_all(problem.diagnostics)
    return len(problems)


def _as_data(plugin: LoadedPlugin) -> dict[str, Any]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "status": str(plugin.status),
        "job_types": list(plugin.job_types),
        "backends": list(plugin.backends),
        "problem": plugin.problem,
        "remedy": plugin.remedy,
        "load_seconds": round(plugin.seconds, 6),
        "modules": plugin.modules,
    }


def _row(plugin: LoadedPlugin) -> tuple[str, ...]:
    names = (plugin.name, plugin.distribution, plugin.version, str(plugin.status))
    return (*names, ", ".join(plugin.job_types) or "-", ", ".join(plugin.backends) or "-")


def _timing_row(plugin: LoadedPlugin) -> tuple[str, ...]:
    names = (plugin.name, plugin.distribution, plugin.version)
    return (*names, f"{plugin.seconds * 1000:.1f}", str(plugin.modules))


@click.command("info")
@click.argument("name")
@json_option
@common_options
@click.pass_context
def plugin_info(context: click.Context, name: str, as_json: bool) -> None:
    """Show all that a plugin provides.

    This includes its settings, and what it adds to other plugins, such as tags of cells. Exit
    codes: 0 no problems, 1 the plugin is broken.
    """
    # No other command needs it, and cattrs would slow `plugins list`.
    from clm.cli.output.plugin_info import plugin_as_data, plugin_lines

    registry = load_plugins_here()
    plugin = registry.plugin(name)
    if plugin is None:
        known = [plugin.name for plugin in registry.plugins]
        raise UsageError(f"plugin not installed: {name!r}", hint=nearest(name, known))
    offers = [(plugin.found, plugin.offer)] if plugin.offer else []
    commands, failed = collect_commands(offers, taken=())
    plugin = attrs.evolve(plugin, problems=(*plugin.problems, *failed))
    info = plugin_as_data(plugin, registry, sorted(commands))
    if as_json:
        write_json(**info)
    else:
        for line in plugin_lines(info):
            click.echo(plain(line))
        for problem in plugin.problems:
            show_all(problem.diagnostics)
    context.exit(1 if plugin.problems else 0)
