"""`clm plugins list` and `clm plugins check`."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from clm.cli.checking import remedy_of, run_check
from clm.cli.json_output import json_option, write_json
from clm.cli.lazy import LazyGroup
from clm.cli.loading import load_plugins
from clm.cli.messages import plain, show, show_all
from clm.cli.options import common_options
from clm.cli.tables import show_table
from clm.errors import Diagnostic, PluginError
from clm.plugins import LoadedPlugin, PluginRegistry
from clm.plugins.claims import claim_conflicts
from clm.plugins.loading import guarded
from clm.registration import Check
from clm.workers.import_string import resolve

_HEADINGS = ("NAME", "DISTRIBUTION", "VERSION", "STATUS", "JOB TYPES", "BACKENDS")
_TIMING_HEADINGS = ("NAME", "DISTRIBUTION", "VERSION", "LOAD MS", "MODULES")


@click.command("list")
@common_options
@click.option("--timing", is_flag=True, help="Say how long each took to load, slowest first.")
@json_option
def list_plugins(timing: bool, as_json: bool) -> None:
    """List the installed plugins, also those that are broken or blocked."""
    registry = load_plugins()
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
    """Check that every plugin can be loaded and finds its tools; exit with 1 if not."""
    registry = load_plugins()
    for problem in registry.problems:
        show_all(problem.diagnostics)
    failed = [_show_check(plugin, check) for plugin, check in registry.checks()].count(False)
    found = failed + len(registry.problems) + _unusable_workers(registry)
    found += _conflicts(registry, context)
    click.echo(f"{_counted(registry)}: {f'{found} problem(s)' if found else 'all is well'}")
    context.exit(1 if found else 0)


def _unusable_workers(registry: PluginRegistry) -> int:
    """How many job types' workers cannot be imported; says which."""
    count = 0
    for job_type in registry.job_types.values():
        plugin = registry.plugin_of(job_type.name)
        try:
            guarded(
                plugin.found,
                f"the worker of job type {job_type.name!r} cannot be loaded",
                partial(resolve, job_type.worker),
            )
        except PluginError as error:
            show_all(error.diagnostics)
            count += 1
    return count


def _conflicts(registry: PluginRegistry, context: click.Context) -> int:
    """How many names of commands and patterns of sources two want; says which."""
    root = context.find_root().command
    taken = LazyGroup.list_commands(root, context) if isinstance(root, LazyGroup) else ()
    problems = (*registry.commands(taken)[1], *claim_conflicts(registry))
    for problem in problems:
        show_all(problem.diagnostics)
    return len(problems)


def _show_check(plugin: LoadedPlugin, check: Check) -> bool:
    result = run_check(check)
    name = plain(f"{plugin.name}: {check.name}")
    if result.ok:
        click.echo(f"ok: {name}: {plain(result.message)}")
    else:
        show(Diagnostic(f"{name}: {result.message}", hint=remedy_of(result)))
    return result.ok


def _counted(registry: PluginRegistry) -> str:
    return f"{len(registry.plugins)} plugin(s), {len(registry.checks())} check(s)"


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
