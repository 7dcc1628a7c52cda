"""Registry of all plugins of this process and what they provide, by name."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve, field, frozen
from importlib_metadata import EntryPoint

from clm.errors import (
    PluginConflictError,
    PluginError,
    PluginLoadError,
    SettingsError,
    UnknownBackendError,
    UnknownExecutorError,
    UnknownJobTypeError,
    UsageError,
)
from clm.hints import nearest
from clm.jobs.job_type import JobType
from clm.plugins.attribution import attributed
from clm.plugins.conflicts import conflict, conflicts_of, own_names, with_conflicts
from clm.plugins.discovery import (
    LOAD_VARIABLE,
    OWN_DISTRIBUTION,
    FoundPlugin,
    PluginStatus,
    discover,
    is_named,
    names_in,
)
from clm.plugins.extending import extended
from clm.plugins.loaded import LoadedPlugin
from clm.plugins.loading import Offer, load_plugin
from clm.plugins.local import LocalPlugin
from clm.plugins.sources import sources_digest
from clm.plugins.time_limit import check_limits
from clm.registration import (
    BackendType,
    Check,
    ExecutorType,
    ResultStoreType,
)

if TYPE_CHECKING:
    import click

    from clm.plugins.remembered import Claims
    from clm.starters import Starter

T = TypeVar("T", JobType, BackendType, ExecutorType)


@frozen(eq=False, repr=False)
class PluginRegistry:
    """Everything that the installed plugins provide, sorted by name (not by installation order).

    `problems` has the errors of all plugins; they do not affect the other plugins. `local` are the
    plugins of a course. `claims` is what plugins claimed when they last loaded, as far as it is
    known, see `clm.plugins.remembered`.
    """

    plugins: tuple[LoadedPlugin, ...]
    job_types: Mapping[str, JobType]
    backends: Mapping[str, BackendType]
    executors: Mapping[str, ExecutorType]
    problems: tuple[PluginError, ...]
    local: tuple[LocalPlugin, ...]
    _conflicts: Mapping[tuple[str, str], PluginConflictError]
    claims: Mapping[str, Claims] = field(factory=dict)
    _sources: dict[str, str] = field(factory=dict, init=False)

    @classmethod
    def load(
        cls,
        environ: Mapping[str, str] | None = None,
        entry_points: Iterable[EntryPoint] | None = None,
        *,
        for_builds: bool = False,
        only_commands: bool = False,
        local: Iterable[LocalPlugin] = (),
    ) -> PluginRegistry:
        """Load every plugin that is installed (or in `entry_points`) or `local`, and not blocked.

        Errors of plugins are never raised, but added to `problems`. With `for_builds`, the hooks
        that only other commands need are not called: there are no checks and no starters.
        With `only_commands`, no hook is called before `commands`, and there is nothing else.

        Raises:
            UsageError: an environment variable for a limit of plugins has an invalid value.
        """
        check_limits()
        environ = os.environ if environ is None else environ
        local = tuple(local)
        found = discover(environ, entry_points, local)
        loading = partial(
            load_plugin,
            plugins=[other.name for other in found],
            for_builds=for_builds,
            only_commands=only_commands,
        )
        plugins = _extended([_timed(plugin, found, loading) for plugin in found])
        conflicts = conflicts_of(plugins)
        plugins = [with_conflicts(plugin, conflicts) for plugin in plugins]
        # CLM's own names stay usable, whoever else offers them.
        conflicts = {
            key: error for key, error in conflicts.items() if key not in own_names(plugins)
        }
        missing = _not_installed(environ, found)
        last = sorted(plugins, key=lambda plugin: plugin.distribution == OWN_DISTRIBUTION)
        offers = [plugin.offer for plugin in last if plugin.offer]
        return cls(
            plugins=tuple(plugins),
            job_types=_by_name("job type", (o.job_types for o in offers), conflicts),
            backends=_by_name("backend", (o.backends for o in offers), conflicts),
            executors=_by_name("executor", (o.executors for o in offers), conflicts),
            problems=_unique(error for plugin in plugins for error in plugin.problems) + missing,
            local=local,
            conflicts=conflicts,
        )

    def job_type(self, name: str) -> JobType:
        """The job type of this name.

        Raises:
            PluginConflictError: several plugins offer it.
            UnknownJobTypeError: none offers it.
        """
        self._refuse_conflict("job type", name)
        if name not in self.job_types:
            raise UnknownJobTypeError(name, known=self.job_types)
        return self.job_types[name]

    def backend(self, name: str) -> BackendType:
        """The backend of this name.

        Raises:
            PluginConflictError: several plugins offer it.
            UnknownBackendError: none offers it.
        """
        self._refuse_conflict("backend", name)
        if name not in self.backends:
            raise UnknownBackendError(name, known=self.backends)
        return self.backends[name]

    def executor(self, name: str) -> ExecutorType:
        """The executor of this name.

        Raises:
            PluginConflictError: several plugins offer it.
            UnknownExecutorError: none offers it.
        """
        self._refuse_conflict("executor", name)
        if name not in self.executors:
            raise UnknownExecutorError(name, known=self.executors)
        return self.executors[name]

    def plugin(self, name: str) -> LoadedPlugin | None:
        """The plugin of this name, also if it is blocked or broken; None if not installed."""
        return next((plugin for plugin in self.plugins if plugin.name == name), None)

    def plugin_of(self, job_type: str) -> LoadedPlugin:
        """The plugin that offers a job type; raises the errors of `job_type`."""
        self.job_type(job_type)
        return next(plugin for plugin in self.plugins if job_type in plugin.job_types)

    def sources_of(self, job_type: str) -> str:
        """The digest of a job type's source files; empty if its plugin comes from an index.

        It is that of the first call: this process may have loaded these files already.
        """
        if job_type not in self._sources:
            worker = self.job_type(job_type).worker
            self._sources[job_type] = sources_digest(self.plugin_of(job_type).found, worker)
        return self._sources[job_type]

    def plugin_of_executor(self, name: str) -> LoadedPlugin:
        """The plugin that offers an executor; raises the errors of `executor`."""
        self.executor(name)
        offering = [plugin for plugin in self.plugins if name in plugin.executors]
        own = (plugin for plugin in offering if plugin.distribution == OWN_DISTRIBUTION)
        return next(own, offering[0])

    def result_store(self, scheme: str) -> tuple[LoadedPlugin, ResultStoreType]:
        """The store for URLs with this scheme, with the plugin that it belongs to.

        Raises:
            PluginConflictError: several plugins offer one.
            UsageError: none offers one.
        """
        offered = [
            (plugin, store)
            for plugin in self.plugins
            if plugin.offer
            for store in plugin.offer.result_stores
        ]
        found = [item for item in offered if scheme in item[1].schemes]
        if len(found) > 1:
            own = [item for item in found if item[0].distribution == OWN_DISTRIBUTION]
            if own:
                return own[0]
            raise conflict(f"the store for {scheme!r}", (plugin.found for plugin, _ in found))
        if not found:
            known = sorted({scheme for _, store in offered for scheme in store.schemes})
            raise UsageError(
                f"no loaded plugin offers a store for {scheme!r}",
                hint=f"the shared cache may have these schemes: {', '.join(known)}",
            )
        return found[0]

    def checks(self) -> tuple[tuple[LoadedPlugin, Check], ...]:
        """The checks of all plugins, each with the plugin that it belongs to."""
        return tuple(
            (plugin, check)
            for plugin in self.plugins
            if plugin.offer
            for check in plugin.offer.checks
        )

    def starters(self) -> tuple[tuple[LoadedPlugin, Starter], ...]:
        """The starters of all plugins, each with the plugin that it belongs to."""
        return tuple(
            (plugin, starter)
            for plugin in self.plugins
            if plugin.offer
            for starter in plugin.offer.starters
        )

    def settings_class(self, plugin: str) -> type | None:
        """The plugin's settings class; None if the plugin is unusable or has none."""
        loaded = self.plugin(plugin)
        return loaded.offer.settings if loaded and loaded.offer else None

    def settings(
        self, plugin: str, values: Mapping[str, Any], environ: Mapping[str, str] | None = None
    ) -> Any:
        """An instance of the plugin's settings class; None if the plugin is unusable or has none.

        `values` come from `plugins.<name>` in the course spec, with `-` or `_` in the keys;
        variables `CLM_<PLUGIN>_<FIELD>` in `environ` take precedence.

        Raises:
            SettingsError: the plugin or a setting is unknown, or a value is invalid.
        """
        loaded = self.plugin(plugin)
        if loaded is None:
            known = [p.name for p in self.plugins]
            message = f"settings for the plugin {plugin!r}, which is not installed"
            raise SettingsError(message, plugin=plugin, hint=nearest(plugin, known))
        if loaded.offer is None:
            return None
        if loaded.offer.settings is None:
            if values:
                message = f"plugin {plugin!r} has no settings"
                raise SettingsError(message, plugin=plugin, of_key=True)
            return None
        # Imported here: cattrs is slow to import, and only builds need settings.
        from clm.plugins.settings import structure_settings

        environ = os.environ if environ is None else environ
        return structure_settings(plugin, loaded.offer.settings, values, environ)

    def commands(
        self, taken: Collection[str] = ()
    ) -> tuple[Mapping[str, click.Command], tuple[PluginError, ...]]:
        """The plugins' subcommands by name, and the errors.

        A name that is in `taken`, or that two plugins offer, is an error, and its command is left
        out.
        """
        # Imported here: only the command line needs click.
        from clm.plugins.commands import collect_commands

        offers = [(plugin.found, plugin.offer) for plugin in self.plugins if plugin.offer]
        return collect_commands(offers, taken)

    def _refuse_conflict(self, kind: str, name: str) -> None:
        if (kind, name) in self._conflicts:
            raise self._conflicts[kind, name]


def _timed(
    found: FoundPlugin,
    all_plugins: tuple[FoundPlugin, ...],
    loading: Callable[[FoundPlugin], Offer],
) -> LoadedPlugin:
    started, before = time.perf_counter(), len(sys.modules)
    plugin = _loaded(found, all_plugins, loading)
    return evolve(
        plugin,
        seconds=time.perf_counter() - started,
        modules=max(len(sys.modules) - before, 0),
    )


def _loaded(
    found: FoundPlugin,
    all_plugins: tuple[FoundPlugin, ...],
    loading: Callable[[FoundPlugin], Offer],
) -> LoadedPlugin:
    plugin = LoadedPlugin(
        found.name, found.distribution, found.version, PluginStatus.BLOCKED, found=found
    )
    if found.status is PluginStatus.BLOCKED:
        return plugin
    try:
        _refuse_duplicate_name(found, all_plugins)
        offer = loading(found)
        job_types = tuple(attributed(found, job_type) for job_type in offer.job_types)
        offer = evolve(offer, job_types=job_types)
    except PluginError as error:
        return evolve(plugin, status=PluginStatus.BROKEN, problems=(error,))
    return evolve(
        plugin,
        status=PluginStatus.OK,
        job_types=tuple(sorted(job_type.name for job_type in offer.job_types)),
        backends=tuple(sorted(backend.name for backend in offer.backends)),
        executors=tuple(sorted(executor.name for executor in offer.executors)),
        offer=offer,
    )


def _extended(plugins: list[LoadedPlugin]) -> list[LoadedPlugin]:
    """The plugins after those that implement hooks of others have been called."""
    offers, errors = extended({p.found: p.offer for p in plugins if p.offer})
    return [
        LoadedPlugin(
            plugin.name,
            plugin.distribution,
            plugin.version,
            PluginStatus.BROKEN,
            problems=(errors[plugin.found],),
            found=plugin.found,
        )
        if plugin.found in errors
        else evolve(plugin, offer=offers.get(plugin.found))
        for plugin in plugins
    ]


def _refuse_duplicate_name(found: FoundPlugin, all_plugins: tuple[FoundPlugin, ...]) -> None:
    same_name = [
        other
        for other in all_plugins
        if other.name == found.name and other.status is not PluginStatus.BLOCKED
    ]
    if len(same_name) > 1 and found.distribution != OWN_DISTRIBUTION:
        raise conflict(f"the plugin name {found.name!r}", same_name)


def _by_name(
    kind: str, offered: Iterable[tuple[T, ...]], conflicts: Mapping[tuple[str, str], Any]
) -> dict[str, T]:
    items = {item.name: item for offer in offered for item in offer}
    return {name: items[name] for name in sorted(items) if (kind, name) not in conflicts}


def _not_installed(
    environ: Mapping[str, str], found: tuple[FoundPlugin, ...]
) -> tuple[PluginError, ...]:
    names = sorted(names_in(environ, LOAD_VARIABLE))
    return tuple(
        PluginLoadError(
            f"{LOAD_VARIABLE} names the plugin {name!r}, which is not installed",
            plugin=name,
            hint=nearest(name, (plugin.name for plugin in found)),
        )
        for name in names
        if not any(is_named(plugin, frozenset([name])) for plugin in found)
    )


def _unique(errors: Iterable[PluginError]) -> tuple[PluginError, ...]:
    return tuple({str(error): error for error in errors}.values())
