"""Conflicts between job types that claim the same sources."""

from __future__ import annotations

from collections import defaultdict

from clm.errors import PluginConflictError
from clm.plugins.discovery import BLOCK_VARIABLE
from clm.plugins.registry import PluginRegistry


def claim_conflicts(registry: PluginRegistry) -> tuple[PluginConflictError, ...]:
    """An error for each pattern of two job types: no build can convert a file that matches it."""
    claimants: dict[str, list[str]] = defaultdict(list)
    for name, job_type in sorted(registry.job_types.items()):
        for pattern in dict.fromkeys(job_type.patterns):
            claimants[pattern].append(name)
    return tuple(
        _conflict(registry, pattern, names)
        for pattern, names in sorted(claimants.items())
        if len(names) > 1
    )


def _conflict(registry: PluginRegistry, pattern: str, job_types: list[str]) -> PluginConflictError:
    plugins = {name: registry.plugin_of(name) for name in job_types}
    last = plugins[job_types[-1]]
    claims = [f"{name!r} of {plugin.found.label}" for name, plugin in plugins.items()]
    return PluginConflictError(
        f"files {pattern} are claimed by several job types: {' and '.join(claims)}",
        plugin=last.name,
        hint=f"uninstall all but one of them, or block one: {BLOCK_VARIABLE}={last.name}",
    )
