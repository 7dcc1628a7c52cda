"""Discovery of installed plugins, without importing them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from attrs import evolve, field, frozen
from importlib_metadata import EntryPoint, distributions, entry_points

from clm.package_metadata import identity
from clm.plugins.local import LocalEntryPoint, LocalPlugin

GROUP = "clm.plugins"
OWN_DISTRIBUTION = "clm"
LOCAL = "local-plugins"
BLOCK_VARIABLE = "CLM_BLOCK_PLUGINS"
LOAD_VARIABLE = "CLM_LOAD_PLUGINS"


class PluginStatus(StrEnum):
    """The status of a plugin.

    `found`: installed, not yet loaded; `ok`: loaded; `blocked`: not loaded, at the user's request;
    `broken`: unusable; `conflict`: some of its names are also offered by another plugin and
    cannot be used, the others can.
    """

    FOUND = "found"
    OK = "ok"
    BLOCKED = "blocked"
    BROKEN = "broken"
    CONFLICT = "conflict"


@frozen(repr=False)
class FoundPlugin:
    """An installed plugin, before it is imported.

    `name` is the name of the entry point, `value` its target. `problem` is the reason why the
    plugin cannot be loaded, if it is known before the import.
    """

    name: str
    distribution: str
    version: str
    value: str
    status: PluginStatus = PluginStatus.FOUND
    problem: str | None = None
    entry_point: EntryPoint | LocalEntryPoint | None = field(default=None, eq=False, repr=False)

    @property
    def is_local(self) -> bool:
        """Whether it is a plugin of a course; its version is the digest of its content."""
        return isinstance(self.entry_point, LocalEntryPoint)

    @property
    def label(self) -> str:
        """The name of the plugin in messages, with its distribution and version."""
        return f"plugin {self.name!r} of {self.distribution} {self.version}"

    def sort_key(self) -> tuple[str, ...]:
        """The key by which plugins are sorted everywhere: the name first."""
        return self.name, self.distribution, self.version, self.value


def discover(
    environ: Mapping[str, str] | None = None,
    entry_points: Iterable[EntryPoint] | None = None,
    local: Iterable[LocalPlugin] = (),
) -> tuple[FoundPlugin, ...]:
    """All installed plugins and the `local` ones, sorted by name; none of them is imported.

    `CLM_BLOCK_PLUGINS` in `environ` (by default that of the process) is a comma-separated list
    of plugins or distributions that must not be loaded. If `CLM_LOAD_PLUGINS` is set, only those
    that it names and those of the core may be loaded. `local-plugins` names all local ones.
    """
    environ = os.environ if environ is None else environ
    blocked = names_in(environ, BLOCK_VARIABLE)
    wanted = names_in(environ, LOAD_VARIABLE)
    found = _installed() if entry_points is None else map(_found, entry_points)
    of_course = map(_found_local, local)
    plugins = [_with_status(plugin, blocked, wanted) for plugin in {*found, *of_course}]
    return tuple(sorted(plugins, key=FoundPlugin.sort_key))


def names_in(environ: Mapping[str, str], variable: str) -> frozenset[str]:
    """The normalized names in an environment variable with a comma-separated list."""
    names = environ.get(variable, "").split(",")
    return frozenset(canonical(name.strip()) for name in names if name.strip())


def is_named(plugin: FoundPlugin, names: frozenset[str]) -> bool:
    """Whether the plugin or its distribution is among `names`."""
    if plugin.is_local and LOCAL in names:
        return True
    return canonical(plugin.name) in names or canonical(plugin.distribution) in names


def canonical(name: str) -> str:
    """The name of a distribution in one spelling."""
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
        # A damaged entry_points.txt of any package aborts the scan, so scan them one by one.
        return list(_one_by_one())


def _one_by_one() -> Iterator[FoundPlugin]:
    seen = set()
    for distribution in distributions():
        name, version = identity(distribution)
        # Python imports the first one on sys.path.
        if canonical(name) in seen:
            continue
        seen.add(canonical(name))
        try:
            yield from map(_found, distribution.entry_points.select(group=GROUP))
        except Exception as error:
            if name.startswith("clm"):
                problem = f"its entry_points.txt cannot be read: {error}"
                yield FoundPlugin(name, name, version, "", PluginStatus.BROKEN, problem)


def _found(entry_point: EntryPoint) -> FoundPlugin:
    name, version = identity(entry_point.dist)
    return FoundPlugin(entry_point.name, name, version, entry_point.value, entry_point=entry_point)


def _found_local(plugin: LocalPlugin) -> FoundPlugin:
    entry_point = LocalEntryPoint.of(plugin)
    return FoundPlugin(
        plugin.name, plugin.label, entry_point.digest, entry_point.value, entry_point=entry_point
    )
