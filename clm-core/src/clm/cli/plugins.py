"""`clm plugins list` and `clm plugins check`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click

from clm.cli.checking import remedy_of, run_check
from clm.cli.loading import load_plugins
from clm.cli.messages import plain, show, show_all
from clm.cli.options import common_options
from clm.errors import Diagnostic
from clm.plugins import LoadedPlugin, PluginRegistry
from clm.registration import Check

_HEADINGS = ("NAME", "DISTRIBUTION", "VERSION", "STATUS", "JOB TYPES", "BACKENDS")


@click.command("list")
@common_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_plugins(as_json: bool) -> None:
    """List the installed plugins, also those that are broken or blocked."""
    registry = load_plugins()
    if as_json:
        plugins = [_as_data(plugin) for plugin in registry.plugins]
        click.echo(json.dumps({"version": 1, "plugins": plugins}, indent=2))
        return
    for line in _table([_HEADINGS, *map(_row, registry.plugins)]):
        click.echo(plain(line))
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
    found = failed + len(registry.problems)
    click.echo(f"{_counted(registry)}: {f'{found} problem(s)' if found else 'all is well'}")
    context.exit(1 if found else 0)


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
    }


def _row(plugin: LoadedPlugin) -> tuple[str, ...]:
    names = (plugin.name, plugin.distribution, plugin.version, str(plugin.status))
    return (*names, ", ".join(plugin.job_types) or "-", ", ".join(plugin.backends) or "-")


def _table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
