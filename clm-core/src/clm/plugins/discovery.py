"""Which plugins are installed and which of them may be loaded; nothing is imported here."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from attrs import evolve, field, frozen
from importlib_metadata import EntryPoint, distributions, entry_points

from clm.package_metadata import identity

GROUP = "clm.plugins"
OWN_DISTRIBUTION = "clm"
BLOCK_VARIABLE = "CLM_BLOCK_PLUGINS"
LOAD_VARIABLE = "CLM_LOAD_PLUGINS"


class PluginStatus(StrEnum):
    """Where a plugin stands.

    `found`: installed, not yet loaded; `ok`: loaded; `blocked`: not loaded, as the user wants;
    `broken`: nothing of it can be used; `conflict`: some of its names are also offered by another
    plugin and cannot be used, the others can.
    """

    FOUND = "found"
    OK = "ok"
    BLOCKED = "blocked"
    BROKEN = "broken"
    CONFLICT = "conflict"


@frozen
class FoundPlugin:
    """An installed plugin, before it is imported.

    `name` is the entry point's name, `value` what it points to. `problem` says why the plugin
    cannot even be tried.
    """

    name: str
    distribution: str
    version: str
    value: str
    status: PluginStatus = PluginStatus.FOUND
    problem: str | None = None
    entry_point: EntryPoint | None = field(default=None, eq=False, repr=False)

    @property
    def label(self) -> str:
        """How messages name it: with the distribution that it comes from, and its version."""
        return f"plugin {self.name!r} of {self.distribution} {self.version}"

    def sort_key(self) -> tuple[str, ...]:
        """The order of plugins everywhere: by name."""
        return self.name, self.distribution, self.version, self.value


def discover(
    environ: Mapping[str, str] | None = None,
    entry_points: Iterable[EntryPoint] | None = None,
) -> tuple[FoundPlugin, ...]:
    """All installed plugins, sorted by name; none of them is imported.

    `CLM_BLOCK_PLUGINS` in `environ` (by default that of the process) names plugins or
    distributions, with commas between them, that are not to be loaded; with `CLM_LOAD_PLUGINS`
    only those named are, and what the core itself brings.
    """
    environ = os.environ if environ is None else environ
    blocked = names_in(environ, BLOCK_VARIABLE)
    wanted = names_in(environ, LOAD_VARIABLE)
    found = _installed() if entry_points is None else map(_found, entry_points)
    plugins = [_with_status(plugin, blocked, wanted) for plugin in set(found)]
    return tuple(sorted(plugins, key=FoundPlugin.sort_key))


def names_in(environ: Mapping[str, str], variable: str) -> frozenset[str]:
    """The names in an environment variable that has them with commas between."""
    names = environ.get(variable, "").split(",")
    return frozenset(_canonical(name.strip()) for name in names if name.strip())


def is_named(plugin: FoundPlugin, names: frozenset[str]) -> bool:
    """Whether the plugin or its distribution is among `names`."""
    return _canonical(plugin.name) in names or _canonical(plugin.distribution) in names


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _with_status(
    plugin: FoundPlugin, blocked: frozenset[str], wanted: frozenset[str]
) -> FoundPlugin:
    own = plugin.distribution == OWN_DISTRIBUTION
    unwanted = bool(wanted) and not own and not is_named(plugin, wanted)
    if not unwanted and not is_named(plugin, blocked):
        return plugin
    return evolve(plugin, status=PluginStatus.BLOCKED, problem=None)


def _installed() -> list[FoundPlugin]:
    try:
        return [_found(entry_point) for entry_point in entry_points(group=GROUP)]
    except Exception:
        # One damaged entry_points.txt of any package ends the whole scan, so look into each.
        return list(_one_by_one())


def _one_by_one() -> Iterator[FoundPlugin]:
    seen = set()
    for distribution in distributions():
        name, version = identity(distribution)
        # The first on sys.path is the one that Python imports.
        if _canonical(name) in seen:
            continue
        seen.add(_canonical(name))
        try:
            yield from map(_found, distribution.entry_points.select(group=GROUP))
        except Exception as error:
            if name.startswith("clm"):
                problem = f"its entry_points.txt cannot be read: {error}"
                yield FoundPlugin(name, name, version, "", PluginStatus.BROKEN, problem)


def _found(entry_point: EntryPoint) -> FoundPlugin:
    name, version = identity(entry_point.dist)
    return FoundPlugin(entry_point.name, name, version, entry_point.value, entry_point=entry_point)
