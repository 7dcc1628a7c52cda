"""`clm plugins list|info|check`: installed plugins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import click
from importlib_metadata import metadata

from clm.cli.groups import LazyGroup, load_plugins_here
from clm.cli.options import common_options
from clm.cli.output.console import json_option, plain, show_all, write_json
from clm.cli.output.tables import show_table
from clm.errors import PluginError, UsageError
from clm.hints import nearest
from clm.jobs.job_type import JobType
from clm.plugins import LoadedPlugin, PluginRegistry
from clm.plugins.claims import claim_conflicts
from clm.plugins.commands import collect_commands
from clm.plugins.discovery import FoundPlugin
from clm.plugins.loading import guarded
from clm.workers.import_string import resolve

if TYPE_CHECKING:
    from clm.plugins.declared import Setting

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
    """Show what a plugin provides.

    These are its job types, backends, settings, checks and commands. Exit codes: 0 no problems, 1
    the plugin is broken.
    """
    registry = load_plugins_here()
    plugin = registry.plugin(name)
    if plugin is None:
        known = [plugin.name for plugin in registry.plugins]
        raise UsageError(f"plugin not installed: {name!r}", hint=nearest(name, known))
    offers = [(plugin.found, plugin.offer)] if plugin.offer else []
    commands, failed = collect_commands(offers, taken=())
    plugin = attrs.evolve(plugin, problems=(*plugin.problems, *failed))
    info = {**_info(plugin), "commands": sorted(commands)}
    if as_json:
        write_json(**info)
    else:
        for line in _lines(info):
            click.echo(plain(line))
        for problem in plugin.problems:
            show_all(problem.diagnostics)
    context.exit(1 if plugin.problems else 0)


def _info(plugin: LoadedPlugin) -> dict[str, Any]:
    from clm.plugins.declared import declared_settings  # cattrs would slow `plugins list`

    offer = plugin.offer
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "distribution_version": plugin.version,
        "summary": _summary(plugin),
        "module": plugin.found.value,
        "status": str(plugin.status),
        "problem": plugin.problem,
        "job_types": [_job_type(job_type) for job_type in (offer.job_types if offer else ())],
        "backends": {b.name: b.description for b in (offer.backends if offer else ())},
        "settings": [
            _setting(setting)
            for setting in (declared_settings(plugin.name, offer.settings) if offer else ())
        ],
        "checks": [check.name for check in (offer.checks if offer else ())],
    }


def _summary(plugin: LoadedPlugin) -> str | None:
    distribution = plugin.found.entry_point.dist if plugin.found.entry_point else None
    return metadata(distribution.name).get("Summary") if distribution else None


def _job_type(job_type: JobType) -> dict[str, Any]:
    return {
        "name": job_type.name,
        "patterns": list(job_type.patterns),
        "planned_from": list(_planned_from(job_type)),
        "derives": job_type.derives,
        "formats": [format_.name for format_ in job_type.formats],
        "payload_version": job_type.payload_version,
        "worker": job_type.worker,
    }


def _planned_from(job_type: JobType) -> Iterator[str]:
    """Yield the origins of its jobs: `source`, `section`, `course`, `derived`."""
    if job_type.plan is not None:
        yield "source"
    if job_type.plan_section is not None:
        yield "section"
    if job_type.plan_course is not None:
        yield "course"
    if job_type.plan_derived is not None:
        yield "derived"


def _setting(setting: Setting) -> dict[str, Any]:
    return {**attrs.asdict(setting), "default": setting.default_text}


def _lines(info: Mapping[str, Any]) -> Iterator[str]:
    yield f"{info['name']} ({info['status']})"
    yield f"  package:  {info['distribution']} {info['distribution_version']}"
    if info["summary"]:
        yield f"            {info['summary']}"
    yield f"  module:   {info['module']}"
    for job_type in info["job_types"]:
        yield f"  job type: {job_type['name']}, from {'; from '.join(_origins(job_type))}"
        if job_type["formats"]:
            yield f"            formats: {', '.join(job_type['formats'])}"
    for name, description in info["backends"].items():
        yield f"  backend:  {name}: {description}"
    if info["checks"]:
        yield f"  checks:   {', '.join(info['checks'])}"
    if info["commands"]:
        yield f"  commands: {', '.join(info['commands'])}"
    if info["settings"]:
        yield "  settings:"
    for setting in info["settings"]:
        yield f"    {setting['name']}: {setting['type']} = {setting['default']}"
        yield f"        {setting['help']}"


def _origins(job_type: Mapping[str, Any]) -> Iterator[str]:
    """Describe the origins of its jobs for people."""
    patterns = " ".join(job_type["patterns"])
    if "source" in job_type["planned_from"]:
        yield patterns
    if "course" in job_type["planned_from"]:
        yield "the whole course"
    if "section" in job_type["planned_from"]:
        yield f"all {patterns} of a section together"
    if "derived" in job_type["planned_from"]:
        yield f"the format {job_type['derives']} of another job type"
