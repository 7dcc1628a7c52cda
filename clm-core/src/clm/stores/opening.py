"""Opening of the shared cache that the environment names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from clm.database.cache.results import ResultsCache
from clm.plugins import PluginRegistry
from clm.stores.settings import SharedCacheSettings
from clm.stores.shared import SharedCache
from clm.stores.store import ResultStore
from clm.workers.import_string import load


def open_store(plugins: PluginRegistry, settings: SharedCacheSettings) -> ResultStore:
    """The store of the settings' URL; no request is made.

    Raises:
        UsageError, PluginError: no plugin offers it, or it cannot be opened.
    """
    plugin, chosen = plugins.result_store(settings.scheme)
    store: ResultStore = load(chosen.open, plugin=plugin.name)(settings.url)
    return store


@contextmanager
def opened_shared_cache(
    plugins: PluginRegistry, cache: ResultsCache
) -> Iterator[SharedCache | None]:
    """The shared cache behind `cache`, if the environment names one; counts its use at the end.

    Raises:
        UsageError, PluginError: it cannot be opened.
        DatabaseError: its use cannot be counted.
    """
    settings = SharedCacheSettings.of()
    if settings is None:
        yield None
        return
    shared = SharedCache(open_store(plugins, settings), settings, cache.path)
    try:
        yield shared
    finally:
        shared.close()
        if shared.hits or shared.misses or shared.written:
            cache.record_shared_use(shared.hits, shared.misses, shared.written)
