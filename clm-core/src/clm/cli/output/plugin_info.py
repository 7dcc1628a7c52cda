"""The output of `clm plugins info`: all that one plugin registers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import attrs
from importlib_metadata import metadata

from clm.jobs.hook_result import HookResult
from clm.jobs.job_type import JobType
from clm.plugins import LoadedPlugin, PluginRegistry
from clm.plugins.declared import Setting, declared_settings
from clm.plugins.loading import Offer, declared_hooks, guarded
from clm.registration import OwnHooks
from clm.starters import Starter
from clm.workers.import_string import resolve

_CALLED_BY_BUILDS = ("clm_build_started", "clm_build_finished", "clm_check_course")


def plugin_as_data(
    plugin: LoadedPlugin, registry: PluginRegistry, commands: Sequence[str]
) -> dict[str, Any]:
    """The registrations of a plugin as data, for `--json` and `plugin_lines`.

    Raises:
        PluginError: a plugin whose hooks this one implements cannot list what they return.
    """
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "distribution_version": plugin.version,
        "summary": _summary(plugin),
        "module": plugin.found.value,
        "status": str(plugin.status),
        "problem": plugin.problem,
        **_registered(plugin.name, plugin.offer),
        "own_hooks": _own_hooks(plugin),
        "additions": [
            {"plugin": host, "what": what, "name": name}
            for host, what, name in _additions(plugin.name, registry)
        ],
        "commands": list(commands),
    }


def _summary(plugin: LoadedPlugin) -> str | None:
    distribution = plugin.found.entry_point.dist if plugin.found.entry_point else None
    return metadata(distribution.name).get("Summary") if distribution else None


def _registered(name: str, offer: Offer | None) -> dict[str, Any]:
    """The plugin's registrations; a broken plugin has the same keys, without values."""
    return {
        "job_types": [_job_type(job_type) for job_type in (offer.job_types if offer else ())],
        "backends": {b.name: b.description for b in (offer.backends if offer else ())},
        "executors": {e.name: e.description for e in (offer.executors if offer else ())},
        "result_stores": {
            store.name: {"description": store.description, "schemes": list(store.schemes)}
            for store in (offer.result_stores if offer else ())
        },
        "settings": [
            _setting(setting)
            for setting in (declared_settings(name, offer.settings) if offer else ())
        ],
        "checks": [check.name for check in (offer.checks if offer else ())],
        "starters": [_starter(starter) for starter in (offer.starters if offer else ())],
        "hooks": [hook for hook in _CALLED_BY_BUILDS if offer and offer.hooks.has(hook)],
    }


def _job_type(job_type: JobType) -> dict[str, Any]:
    return {
        "name": job_type.name,
        "patterns": list(job_type.patterns),
        "planned_from": list(_planned_from(job_type)),
        "derives": job_type.derives,
        "formats": [format_.name for format_ in job_type.formats],
        "kinds": list(job_type.kinds),
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


def _starter(starter: Starter) -> dict[str, Any]:
    return {
        "name": starter.name,
        "is_deck": starter.is_deck,
        "prog_langs": list(starter.prog_langs),
        "adopts": starter.adopt is not None,
    }


def _own_hooks(plugin: LoadedPlugin) -> list[str]:
    """The names of the hooks that the plugin offers to others."""
    if plugin.offer is None or plugin.offer.own_hooks is None:
        return []
    listed = partial(declared_hooks, plugin.name, plugin.offer.own_hooks)
    return guarded(plugin.found, "the hooks that it offers cannot be listed", listed)


def _additions(name: str, registry: PluginRegistry) -> Iterator[tuple[str, str, str]]:
    """Yield what a plugin adds to others by their hooks: the other plugin, what, and its name."""
    for host in registry.plugins:
        if host.offer is None or host.offer.own_hooks is None:
            continue
        for result in host.offer.hook_results:
            if result.plugin == name:
                named = partial(_names_in, result, host.offer.own_hooks)
                found = guarded(host.found, f"{result.hook}: it cannot list results", named)
                yield from ((host.name, what, name) for what, name in found)


def _names_in(result: HookResult, hooks: OwnHooks) -> list[tuple[str, str]]:
    if not hooks.names:
        return [("hook", result.hook)]
    return [(what, name) for what, name in resolve(hooks.names)(result.hook, result.value)]


def plugin_lines(info: Mapping[str, Any]) -> Iterator[str]:
    """The data of `plugin_as_data` for people."""
    yield f"{info['name']} ({info['status']})"
    yield f"  package:  {info['distribution']} {info['distribution_version']}"
    if info["summary"]:
        yield f"            {info['summary']}"
    yield f"  module:   {info['module']}"
    for job_type in info["job_types"]:
        yield f"  job type: {job_type['name']}, from {'; from '.join(_origins(job_type))}"
        for what in ("formats", "kinds"):
            if job_type[what]:
                yield f"            {what}: {', '.join(job_type[what])}"
    for name, description in info["backends"].items():
        yield f"  backend:  {name}: {description}"
    for name, description in info["executors"].items():
        yield f"  executor: {name}: {description}"
    for name, store in info["result_stores"].items():
        yield f"  store:    {name}, for {', '.join(store['schemes'])}: {store['description']}"
    yield from _additions_by_plugin(info["additions"])
    if info["starters"]:
        yield f"  starters: {', '.join(map(_starter_text, info['starters']))}"
    for what in ("checks", "commands", "hooks"):
        if info[what]:
            yield f"  {what + ':':10}{', '.join(info[what])}"
    if info["own_hooks"]:
        yield f"  offers:   {', '.join(info['own_hooks'])}"
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


def _additions_by_plugin(additions: Sequence[Mapping[str, str]]) -> Iterator[str]:
    by_plugin: dict[str, dict[str, list[str]]] = {}
    for item in additions:
        by_plugin.setdefault(item["plugin"], {}).setdefault(item["what"], []).append(item["name"])
    for plugin, by_what in by_plugin.items():
        yield f"  for {plugin}:"
        for what, names in by_what.items():
            yield f"    {what}: {', '.join(names)}"


def _starter_text(starter: Mapping[str, Any]) -> str:
    prog_langs = f" ({', '.join(starter['prog_langs'])})" if starter["prog_langs"] else ""
    return f"{'deck ' if starter['is_deck'] else ''}{starter['name']}{prog_langs}"
