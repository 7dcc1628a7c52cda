"""Contents in the shared cache that are too large to be sent in another way."""

from __future__ import annotations

import re
import threading

from clm.errors import ClmError, StoreError, UsageError
from clm.jobs.key import digest_bytes
from clm.plugins import PluginRegistry
from clm.stores.opening import open_store
from clm.stores.record import MAX_CONTENT
from clm.stores.settings import MODE_VARIABLE, URL_VARIABLE, SharedCacheSettings
from clm.stores.store import ResultStore

_DIGEST = re.compile(r"[0-9a-f]{64}")


class SharedContents:
    """Contents by digest in the shared cache that the environment names; for any thread.

    The store is opened when it is first used, or by `open`.
    """

    def __init__(self, plugins: PluginRegistry) -> None:
        self._plugins = plugins
        self._lock = threading.Lock()
        self._store: ResultStore | None = None
        self._writes = False

    def open(self) -> bool:
        """Open the store, with the credentials of the environment; False if it names none.

        No request is made.

        Raises:
            UsageError, PluginError: it cannot be opened.
        """
        with self._lock:
            if self._store is None and (settings := SharedCacheSettings.of()) is not None:
                self._store = open_store(self._plugins, settings)
                self._writes = settings.writes
            return self._store is not None

    def get(self, digest: str, size: int) -> bytes:
        """The bytes with this digest and size, which are verified.

        Raises:
            UsageError, PluginError: there is no shared cache, or it cannot be opened.
            StoreError: it has no such bytes, has other ones, or cannot be used.
        """
        if not _DIGEST.fullmatch(digest) or not 0 <= size <= MAX_CONTENT:
            raise StoreError("a digest or a size is invalid")
        try:
            data = self._opened().get(f"cas/{digest}", size)
        except ClmError:
            raise
        except Exception as error:  # a store of a third party may raise anything
            raise StoreError(f"{type(error).__name__}: {error}") from error
        if data is None:
            raise StoreError(f"the shared cache has nothing with the digest {digest}")
        if len(data) != size or digest_bytes(data) != digest:
            raise StoreError(f"what the shared cache has for the digest {digest} is damaged")
        return data

    def put(self, digest: str, data: bytes) -> None:
        """Store bytes with this digest.

        Raises:
            UsageError, PluginError: there is no shared cache, or it cannot be opened.
            StoreError: they are too large, or it cannot be written to.
        """
        store = self._opened()
        if not self._writes:
            raise UsageError(
                "the shared cache is read-only here", hint=f"set {MODE_VARIABLE}=read-write"
            )
        if len(data) > MAX_CONTENT:
            raise StoreError(f"{len(data) / 1e6:.0f} MB are too large for the shared cache")
        try:
            store.put(f"cas/{digest}", data)
        except ClmError:
            raise
        except Exception as error:  # as above
            raise StoreError(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        """End all requests; the next use opens the store again."""
        with self._lock:
            store, self._store = self._store, None
        if store is not None:
            store.close()

    def _opened(self) -> ResultStore:
        self.open()
        store = self._store
        if store is None:
            raise UsageError(
                "there is no shared cache here",
                hint=f"set {URL_VARIABLE} for the build and for its workers",
            )
        return store
