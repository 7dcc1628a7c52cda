"""Writing of results to a store behind a build, in a thread with its own queue."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from clm.database.cache.results import ResultsCache
from clm.errors import DatabaseError, StoreError
from clm.jobs.result import StoredResult
from clm.stores.record import MAX_CONTENT, MAX_RECORD, dump_record
from clm.stores.store import ResultStore

log = logging.getLogger(__name__)

_MAX_WAITING = 10_000


class StoreWriter:
    """Writes results, with their contents first, in the order in which they were added.

    It takes contents from the results cache at `cache_path` when it writes them, so that only keys
    wait in memory. `on_error` is called, in its thread, with the first error, after which nothing
    is written any more. `written` and `dropped` count results.
    """

    def __init__(
        self, store: ResultStore, cache_path: Path, on_error: Callable[[StoreError], None]
    ) -> None:
        self._store = store
        self._cache_path = cache_path
        self._on_error = on_error
        self._changed = threading.Condition()
        self._waiting: deque[tuple[StoredResult, str]] = deque()
        self._busy = False
        self._stopped = False
        self._thread: threading.Thread | None = None
        self.written = 0
        self.dropped = 0

    def add(self, result: StoredResult, job_type: str) -> None:
        """Has the result written; it is dropped if too many are waiting."""
        with self._changed:
            if self._stopped or len(self._waiting) >= _MAX_WAITING:
                self.dropped += 1
                return
            self._waiting.append((result, job_type))
            self._changed.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="clm-store-writer", daemon=True)
            self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Waits until everything is written or given up; False if that takes longer."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while self._waiting or self._busy:
                if not self._changed.wait(max(deadline - time.monotonic(), 0)):
                    return not (self._waiting or self._busy)
        return True

    def stop(self) -> None:
        """Gives up what is not yet written."""
        with self._changed:
            self._stopped = True
            self.dropped += len(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            with closing(ResultsCache(self._cache_path, create=False)) as cache:
                while (item := self._next()) is not None:
                    self._write(cache, *item)
        except DatabaseError as error:
            self._fail(StoreError(f"results cannot be read: {error.message}", answered=True))
        except StoreError as error:
            self._fail(error)
        except Exception as error:  # a store of a third party may raise anything
            log.exception("the shared cache cannot be written to")
            self._fail(StoreError(f"{type(error).__name__}: {error}"))

    def _fail(self, error: StoreError) -> None:
        self._on_error(error)
        self.stop()
        with self._changed:
            self.dropped += 1
            self._busy = False
            self._changed.notify_all()

    def _next(self) -> tuple[StoredResult, str] | None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            while not self._waiting and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return None
            self._busy = True
            return self._waiting.popleft()

    def _write(self, cache: ResultsCache, result: StoredResult, job_type: str) -> None:
        if write_result(self._store, cache, result, job_type):
            self.written += 1
        else:
            self.dropped += 1


def write_result(
    store: ResultStore, cache: ResultsCache, result: StoredResult, job_type: str
) -> bool:
    """Writes a result of the cache to a store; False if it is too large or no longer there.

    Raises:
        StoreError: the store cannot be written to.
        DatabaseError: the cache cannot be read.
    """
    sizes: dict[str, int] = {}
    for digest in dict.fromkeys(result.outputs.values()):
        try:
            content = cache.read_blob(digest)
        except KeyError:
            log.info("a result was removed from the cache before it was shared: %s", result.key)
            return False
        if len(content) > MAX_CONTENT:
            log.info("a result is too large to be shared: %s", result.key)
            return False
        sizes[digest] = len(content)
        store.put(f"cas/{digest}", content)
    record = dump_record(result, job_type, sizes)
    if len(record) > MAX_RECORD:
        return False
    store.put(f"ac/{result.key}", record)
    return True
