"""Names that several plugins offer; those of CLM itself stay usable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from attrs import evolve

from clm.errors import PluginConflictError
from clm.plugins.discovery import BLOCK_VARIABLE, OWN_DISTRIBUTION, FoundPlugin, PluginStatus
from clm.plugins.loaded import LoadedPlugin


def conflict(what: str, providers: Iterable[FoundPlugin]) -> PluginConflictError:
    """The error for what several plugins offer; if CLM is one of them, for the others."""
    first, *others = sorted(providers, key=FoundPlugin.sort_key)
    labels = " and ".join(p.label for p in (first, *others))
    rivals = [p for p in (first, *others) if p.distribution != OWN_DISTRIBUTION]
    if len(rivals) <= len(others):
        return PluginConflictError(
            f"{what} of {rivals[0].label} has the name of CLM's own, which is used instead",
            plugin=rivals[0].name,
            hint="the plugin's authors must choose another name",
        )
    return PluginConflictError(
        f"{what} is offered by {labels}",
        plugin=first.name,
        hint=f"uninstall all but one of them, or block one: "
        f"{BLOCK_VARIABLE}={others[-1].distribution}",
    )


def conflicts_of(
    plugins: Iterable[LoadedPlugin],
) -> dict[tuple[str, str], PluginConflictError]:
    """An error for each name that several plugins offer, by kind (`backend`) and name."""
    providers: dict[tuple[str, str], list[FoundPlugin]] = defaultdict(list)
    for plugin in plugins:
        for name in plugin.job_types:
            providers["job type", name].append(plugin.found)
        for name in plugin.backends:
            providers["backend", name].append(plugin.found)
        for name in plugin.executors:
            providers["executor", name].append(plugin.found)
    return {
        (kind, name): conflict(f"the {kind} {name!r}", found)
        for (kind, name), found in sorted(providers.items())
        if len(found) > 1
    }


def with_conflicts(
    plugin: LoadedPlugin, conflicts: Mapping[tuple[str, str], PluginConflictError]
) -> LoadedPlugin:
    """The plugin with its errors among the conflicts; CLM's own has none."""
    if plugin.distribution == OWN_DISTRIBUTION:
        return plugin
    names = [("job type", n) for n in plugin.job_types] + [("backend", n) for n in plugin.backends]
    names += [("executor", name) for name in plugin.executors]
    errors = tuple(conflicts[name] for name in names if name in conflicts)
    if not errors:
        return plugin
    return evolve(plugin, status=PluginStatus.CONFLICT, problems=plugin.problems + errors)


def own_names(plugins: Iterable[LoadedPlugin]) -> set[tuple[str, str]]:
    """The kinds and names of CLM's own backends and executors."""
    own = [plugin for plugin in plugins if plugin.distribution == OWN_DISTRIBUTION]
    backends = {("backend", name) for plugin in own for name in plugin.backends}
    return backends | {("executor", name) for plugin in own for name in plugin.executors}
