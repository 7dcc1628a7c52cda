"""Shared results cache: a store behind the local results cache."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from itertools import islice
from pathlib import Path
from typing import Any

from attrs import frozen

from clm.database.cache.results import ResultsCache
from clm.errors import ClmError, Diagnostic, Severity, StoreError
from clm.event_loop import event_loop
from clm.jobs.key import digest_bytes
from clm.jobs.result import StoredResult
from clm.stores.record import MAX_CONTENT, MAX_RECORD, InvalidRecordError, Record, load_record
from clm.stores.settings import SharedCacheSettings
from clm.stores.store import ResultStore
from clm.stores.threads import RequestThreads
from clm.stores.writer import StoreWriter

log = logging.getLogger(__name__)

_THREADS = 8
_BATCH = 4 * _THREADS
_BATCH_SECONDS = 30.0  # a store that keeps its own limit of a request takes less
_BYTES_PER_SECOND = 500_000
_WASTED_SECONDS = 20.0


@frozen(repr=False)
class Wanted:
    """A result that a build needs: its key, job type, and the names of its outputs."""

    key: str
    job_type: str
    outputs: tuple[str, ...]


class SharedCache:
    """Reads results from a store into the local cache, and writes results of the build behind.

    What comes from the store is checked, so a store costs time at worst. After its first failure
    it is not used any more, which `take_warnings` tells once; a store that can be read but not
    written to is still read. For use by the build's thread.
    """

    def __init__(self, store: ResultStore, settings: SharedCacheSettings, cache_path: Path) -> None:
        self._store = store
        self._settings = settings
        self._threads = RequestThreads(_THREADS)
        self._writer = StoreWriter(store, cache_path, self._on_write_error)
        self._reads = True
        self._writes = settings.writes
        self._write_error: StoreError | None = None
        self._warnings: list[Diagnostic] = []
        self._damaged = 0
        self._wasted = 0.0
        self.hits = 0
        self.misses = 0

    @property
    def written(self) -> int:
        """The number of results written to the store."""
        return self._writer.written

    async def fetch(self, wanted: Iterable[Wanted], cache: ResultsCache) -> dict[str, StoredResult]:
        """The results that the store has, by key; they are in the cache afterwards.

        Raises:
            DatabaseError: the cache cannot be written to.
        """
        found: dict[str, StoredResult] = {}
        items = iter(dict.fromkeys(wanted))
        while self._usable() and (batch := list(islice(items, _BATCH))):
            began = time.monotonic()
            try:
                new = await self._fetch_batch(batch, cache)
            except StoreError as error:
                self._switch_off(error.message)
                break
            found |= new
            self.hits += len(new)
            self.misses += len(batch) - len(new)
            self._judge(time.monotonic() - began, len(new))
        return found

    def offer(self, result: StoredResult, job_type: str) -> None:
        """Has a result of the local cache written to the store."""
        if self._usable() and self._writes:
            self._writer.add(result, job_type)

    def wait(self) -> None:
        """Waits a limited time until the results that were offered are written."""
        if not self._writer.wait(self._settings.wait_seconds if self._usable() else 0):
            self._writer.stop()
            self._warn(
                f"{self._writer.dropped} result(s) were not written to the shared cache within "
                f"{self._settings.wait_seconds:g} s",
                "write them with `clm cache push`",
            )

    def take_warnings(self) -> tuple[Diagnostic, ...]:
        """The warnings since the last call."""
        self._usable()
        if self._damaged:
            self._warn(f"{self._damaged} damaged result(s) of the shared cache were not used")
            self._damaged = 0
        taken, self._warnings = tuple(self._warnings), []
        return taken

    def close(self) -> None:
        """Ends all requests and releases all resources."""
        self._writer.stop()
        self._threads.close()
        self._store.close()

    async def _fetch_batch(
        self, batch: Sequence[Wanted], cache: ResultsCache
    ) -> dict[str, StoredResult]:
        bodies = await self._get({f"ac/{item.key}": MAX_RECORD for item in batch}, _BATCH_SECONDS)
        records = []
        for item in batch:
            data = bodies[f"ac/{item.key}"]
            if data is not None and (record := self._checked(data, item)):
                records.append(record)
        found: dict[str, StoredResult] = {}
        for group in _groups(records):
            needed = {d: size for record in group for d, size in record.contents.items()}
            contents = await self._contents(
                {d: size for d, size in needed.items() if not cache.has_content(d)}
            )
            results = [(record.result, record.job_type) for record in group]
            found |= cache.add_results(results, contents)
        return found

    async def _contents(self, sizes: Mapping[str, int]) -> dict[str, bytes]:
        """The contents with these digests that the store has unchanged."""
        seconds = _BATCH_SECONDS + sum(sizes.values()) / _BYTES_PER_SECOND
        limits = {f"cas/{digest}": size for digest, size in sizes.items()}
        bodies = await self._get(limits, seconds)
        contents = {}
        for digest, size in sizes.items():
            data = bodies[f"cas/{digest}"]
            if data is None:
                continue
            if len(data) == size and digest_bytes(data) == digest:
                contents[digest] = data
            else:
                self._damaged += 1
        return contents

    def _checked(self, data: bytes, item: Wanted) -> Record | None:
        try:
            return load_record(data, item.key, item.job_type, item.outputs)
        except InvalidRecordError as error:
            log.info("the shared cache has a damaged result: %s: %s", item.key, error)
            self._damaged += 1
            return None

    async def _get(self, limits: Mapping[str, int], seconds: float) -> dict[str, bytes | None]:
        """The bodies at these paths, each up to its limit.

        Raises:
            StoreError: one of the requests failed or took too long.
        """
        futures = [self._threads.submit(_getting(self._store, p, n)) for p, n in limits.items()]
        try:
            results = await _all(futures, seconds)
        finally:
            for future in futures:
                future.cancel()
        return dict(zip(limits, results, strict=True))

    def _judge(self, seconds: float, hits: int) -> None:
        """Switches the store off if too much time was spent without a hit."""
        if not hits:
            self._wasted += seconds
        if self._reads and self._wasted > _WASTED_SECONDS:
            self._switch_off(f"it took {self._wasted:.0f} s to answer that it has no results")

    def _usable(self) -> bool:
        """Whether the store may be used; takes an error of the writer into account."""
        error, self._write_error = self._write_error, None
        if error is not None and self._reads:
            if error.answered:
                self._writes = False
                self._warn(
                    f"the shared cache is not written to any more in this build: {error.message}",
                    "to only read it, set CLM_SHARED_CACHE_MODE=read-only",
                )
            else:
                self._switch_off(error.message)
        return self._reads

    def _on_write_error(self, error: StoreError) -> None:
        self._write_error = error

    def _switch_off(self, reason: str) -> None:
        self._reads = False
        self._writer.stop()
        self._store.close()
        self._warn(
            f"the shared cache is not used any more in this build: {reason}",
            "check CLM_SHARED_CACHE, or unset it",
        )

    def _warn(self, message: str, hint: str | None = None) -> None:
        self._warnings.append(Diagnostic(message, Severity.WARNING, hint=hint))


def _groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records in groups whose contents together fit into memory."""
    group: list[Record] = []
    size = 0
    for record in records:
        if group and size + record.size > MAX_CONTENT:
            yield group
            group, size = [], 0
        group.append(record)
        size += record.size
    if group:
        yield group


def _getting(store: ResultStore, path: str, limit: int) -> Callable[[], bytes | None]:
    def get() -> bytes | None:
        try:
            return store.get(path, limit)
        except ClmError:
            raise
        except Exception as error:  # a store of a third party may raise anything
            raise StoreError(f"{type(error).__name__}: {error}") from error

    return get


async def _all(futures: Sequence[Future[Any]], seconds: float) -> Iterator[Any]:
    """The results of the futures, or the first error of one of them."""
    await event_loop()
    waiting = asyncio.gather(*map(asyncio.wrap_future, futures))
    try:
        return iter(await asyncio.wait_for(waiting, seconds))
    except TimeoutError:
        raise StoreError("no answer in time") from None
