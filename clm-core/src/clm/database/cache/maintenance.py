"""Pruning and verification of a results cache.

Pruning requires that no other process uses the cache, so it removes nothing that a running build
may need.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from attrs import frozen

from clm.database.cache.results import BYTES, CACHE_SCHEMA, ResultsCache
from clm.database.sqlite.connection import translated
from clm.database.sqlite.read_only import open_for_reading
from clm.errors import DatabaseBusyError

_BY_LAST_USE = """
    SELECT r.key, r.last_used_at, o.digest, b.size - b.tail FROM results_cache r
    LEFT JOIN cached_outputs o ON o.key = r.key LEFT JOIN blobs b ON b.digest = o.digest
    ORDER BY r.last_used_at DESC, r.key
"""
_DROP_UNUSED = """
    DELETE FROM blobs WHERE digest NOT IN (SELECT digest FROM cached_outputs)
    AND digest NOT IN (SELECT base FROM blobs WHERE base IS NOT NULL)
"""
_DANGLING = """
    SELECT DISTINCT key FROM cached_outputs WHERE digest NOT IN (SELECT digest FROM blobs)
"""


@frozen
class Removed:
    """The number of removed entries, and the bytes of content removed with them."""

    entries: int
    bytes: int


@frozen
class Verified:
    """The number of contents compared with their digests, of `bad` ones among them, and of
    entries dropped as a consequence."""

    contents: int
    bad: int
    dropped: int


def prune(
    cache: ResultsCache, *, max_bytes: int | None = None, max_age: float | None = None
) -> Removed:
    """Removes the least recently used entries beyond a total of `max_bytes` of content, and the
    entries not used for `max_age` seconds.

    Raises:
        DatabaseBusyError: another build is using the cache; nothing was removed.
    """
    if not _needs_pruning(cache, max_bytes, max_age):
        return Removed(0, 0)
    with _exclusive(cache) as connection:
        oldest = time.time() - max_age if max_age is not None else None
        keys = list(_entries_to_prune(connection, max_bytes, oldest))
        return _remove(connection, keys)


def keep_within(cache: ResultsCache, max_bytes: int) -> None:
    """Removes the least recently used entries if the cache exceeds `max_bytes`.

    Does nothing while another build is using the cache.
    """
    with suppress(DatabaseBusyError):  # the other build prunes it when it ends
        prune(cache, max_bytes=max_bytes)


def clear(cache: ResultsCache) -> Removed:
    """Removes all entries and resets the counts of hits and misses.

    Raises:
        DatabaseBusyError: another build is using the cache; nothing was removed.
    """
    with _exclusive(cache) as connection:
        keys = [row[0] for row in connection.execute("SELECT key FROM results_cache").fetchall()]
        connection.execute("UPDATE cache_statistics SET hits = 0, misses = 0")
        connection.execute("UPDATE shared_statistics SET hits = 0, misses = 0, written = 0")
        return _remove(connection, keys)


def shrink(cache: ResultsCache) -> None:
    """Returns the space of removed entries to the file system; temporarily needs as much space
    as the remaining entries take."""
    with translated(cache.path, CACHE_SCHEMA.name):
        cache.connection.execute("VACUUM")


def verify(cache: ResultsCache) -> Verified:
    """Compares all contents and entries with their digests; drops what is damaged or missing.

    Raises:
        DatabaseCorruptError: the file itself is damaged.
    """
    connection = cache.connection
    with translated(cache.path, CACHE_SCHEMA.name):
        digests = [row[0] for row in connection.execute("SELECT digest FROM blobs").fetchall()]
        bad = [digest for digest in digests if not _is_intact(cache, digest)]
    dropped = cache.drop_contents(bad)
    with translated(cache.path, CACHE_SCHEMA.name):
        dangling = connection.execute(_DANGLING).fetchall()
        keys = [row[0] for row in connection.execute("SELECT key FROM results_cache").fetchall()]
    damaged = set(keys) - cache.check_cache_many(keys).keys()
    dropped += cache.drop_entries({key for (key,) in dangling} | damaged)
    return Verified(len(digests), len(bad), dropped)


def _is_intact(cache: ResultsCache, digest: str) -> bool:
    try:
        return cache.contents.read(digest) is not None
    except KeyError:
        return True  # another process has removed it in the meantime


def _needs_pruning(cache: ResultsCache, max_bytes: int | None, max_age: float | None) -> bool:
    """Whether there may be entries to remove, determined without a lock."""
    if max_age is not None:
        return True
    with translated(cache.path, CACHE_SCHEMA.name):
        size = cache.connection.execute(BYTES).fetchone()[0]
    return max_bytes is not None and size > max_bytes


def _entries_to_prune(
    connection: sqlite3.Connection, max_bytes: int | None, oldest: float | None
) -> Iterator[str]:
    rows = connection.execute(_BY_LAST_USE).fetchall()
    seen: set[str] = set()
    total, full = 0, False
    for (key, used), contents in groupby(rows, key=itemgetter(0, 1)):
        # Content shared by several entries is stored once; it counts for the one used last.
        new = {digest: size for *_, digest, size in contents if digest and digest not in seen}
        total += sum(new.values())
        full = full or (max_bytes is not None and total > max_bytes)
        if full or (oldest is not None and used < oldest):
            yield key
        else:
            seen.update(new)


def _remove(connection: sqlite3.Connection, keys: Iterable[str]) -> Removed:
    rows = [(key,) for key in keys]
    before = _bytes(connection)
    connection.executemany("DELETE FROM results_cache WHERE key = ?", rows)
    for _ in range(2):  # then also the bases of those that are gone
        connection.execute(_DROP_UNUSED)
    return Removed(len(rows), before - _bytes(connection))


def _bytes(connection: sqlite3.Connection) -> int:
    size: int = connection.execute(BYTES).fetchone()[0]
    return size


@contextmanager
def _exclusive(cache: ResultsCache) -> Iterator[sqlite3.Connection]:
    """A transaction during which no other process reads, writes or uses the cache.

    A build registers its presence before its first lookup, which waits for this transaction.
    """
    with translated(cache.path, CACHE_SCHEMA.name):
        cache.connection.execute("BEGIN EXCLUSIVE")
        try:
            if cache.presence.others():
                raise DatabaseBusyError(
                    f"another build is using the results cache at {cache.path}",
                    hint="wait for it to end",
                )
            yield cache.connection
            cache.connection.execute("COMMIT")
        except BaseException:
            if cache.connection.in_transaction:
                cache.connection.execute("ROLLBACK")
            raise


@frozen
class CacheOverview:
    """Figures of a results cache.

    `bytes` is the size of the results' content, `file_bytes` that of the file. `hits` and `misses`
    count since the cache was created or cleared. `oldest` is the time at which the first of the
    entries was created, `newest` the last time at which one was created or used, in seconds since
    the epoch. `shared_hits`, `shared_misses` and `shared_written` count the use of the shared
    cache by builds.
    """

    entries: int
    bytes: int
    file_bytes: int
    hits: int
    misses: int
    oldest: float | None
    newest: float | None
    shared_hits: int
    shared_misses: int
    shared_written: int


def cache_overview(path: Path) -> CacheOverview:
    """The figures of the cache at `path`; changes nothing.

    Raises:
        DatabaseError: it cannot be read.
    """
    connection = open_for_reading(path, CACHE_SCHEMA)
    with closing(connection), translated(path, CACHE_SCHEMA.name):
        entries, oldest, newest = connection.execute(
            "SELECT count(*), min(created_at), max(last_used_at) FROM results_cache"
        ).fetchone()
        size = connection.execute(BYTES).fetchone()[0]
        hits, misses = connection.execute("SELECT hits, misses FROM cache_statistics").fetchone()
        shared = connection.execute("SELECT hits, misses, written FROM shared_statistics")
        counts = shared.fetchone()
    return CacheOverview(entries, size, path.stat().st_size, hits, misses, oldest, newest, *counts)
