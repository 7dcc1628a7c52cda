"""Opening of the shared cache that the environment names, when a build needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clm.database.cache.results import ResultsCache
from clm.errors import Diagnostic
from clm.jobs.result import StoredResult
from clm.plugins import PluginRegistry
from clm.stores.settings import SharedCacheSettings
from clm.stores.store import ResultStore
from clm.workers.import_string import load

if TYPE_CHECKING:
    from clm.stores.shared import SharedCache, Wanted


def open_store(plugins: PluginRegistry, settings: SharedCacheSettings) -> ResultStore:
    """The store of the settings' URL; no request is made.

    Raises:
        UsageError, PluginError: no plugin offers it, or it cannot be opened.
    """
    plugin, chosen = plugins.result_store(settings.scheme)
    store: ResultStore = load(chosen.open, plugin=plugin.name)(settings.url)
    return store


class LazySharedCache:
    """A `SharedCache` that is opened when the first result is looked up or offered.

    So a build in which nothing has changed does not pay for it.
    """

    def __init__(
        self, plugins: PluginRegistry, settings: SharedCacheSettings, cache: ResultsCache
    ) -> None:
        self._plugins = plugins
        self._settings = settings
        self._cache = cache
        self._opened: SharedCache | None = None

    async def fetch(self, wanted: Iterable[Wanted], cache: ResultsCache) -> dict[str, StoredResult]:
        """As that of `SharedCache`.

        Raises:
            UsageError, PluginError: it cannot be opened.
            DatabaseError: the cache cannot be written to.
        """
        return await self._open().fetch(wanted, cache)

    def offer(self, result: StoredResult, job_type: str) -> None:
        """As that of `SharedCache`.

        Raises:
            UsageError, PluginError: it cannot be opened.
        """
        self._open().offer(result, job_type)

    def wait(self) -> None:
        """As that of `SharedCache`."""
        if self._opened is not None:
            self._opened.wait()

    def take_warnings(self) -> tuple[Diagnostic, ...]:
        """As that of `SharedCache`."""
        return self._opened.take_warnings() if self._opened is not None else ()

    def close(self) -> None:
        """Ends all requests, and counts the use.

        Raises:
            DatabaseError: it cannot be counted.
        """
        shared, self._opened = self._opened, None
        if shared is None:
            return
        shared.close()
        if shared.hits or shared.misses or shared.written:
            self._cache.record_shared_use(shared.hits, shared.misses, shared.written)

    def _open(self) -> SharedCache:
        if self._opened is None:
            from clm.stores.shared import SharedCache  # not needed by a build without a change

            store = open_store(self._plugins, self._settings)
            self._opened = SharedCache(store, self._settings, self._cache.path)
        return self._opened


@contextmanager
def opened_shared_cache(
    plugins: PluginRegistry, cache: ResultsCache
) -> Iterator[LazySharedCache | None]:
    """The shared cache behind `cache`, if the environment names one; counts its use at the end.

    Raises:
        UsageError: the settings are wrong, or no plugin offers such a store.
        DatabaseError: its use cannot be counted.
    """
    settings = SharedCacheSettings.of()
    if settings is None:
        yield None
        return
    plugins.result_store(settings.scheme)
    shared = LazySharedCache(plugins, settings, cache)
    try:
        yield shared
    finally:
        shared.close()
