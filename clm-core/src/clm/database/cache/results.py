"""Results cache: the results of jobs by key, kept across builds."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from attrs import frozen

from clm.database.cache.contents import Contents
from clm.database.sqlite.connection import BUSY_SECONDS, Database, open_database
from clm.database.sqlite.presence import Presence
from clm.database.sqlite.read_only import open_if_exists
from clm.database.sqlite.schema import Schema
from clm.errors import DatabaseCorruptError, Diagnostic
from clm.jobs.key import digest_bytes
from clm.jobs.result import StoredResult
from clm.jobs.serialization import dump_diagnostics, load_diagnostics
from clm.jobs.structuring import canonical_json

_VERSION_1 = """
CREATE TABLE results_cache (
    key TEXT PRIMARY KEY,
    job_type TEXT NOT NULL,
    diagnostics TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created_at REAL NOT NULL,
    last_used_at REAL NOT NULL,
    uses INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE blobs (
    digest TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE cached_outputs (
    key TEXT NOT NULL REFERENCES results_cache (key) ON DELETE CASCADE,
    name TEXT NOT NULL,
    digest TEXT NOT NULL REFERENCES blobs (digest),
    PRIMARY KEY (key, name)
) WITHOUT ROWID;
CREATE INDEX cached_outputs_by_digest ON cached_outputs (digest);
CREATE TABLE cache_statistics (hits INTEGER NOT NULL, misses INTEGER NOT NULL);
INSERT INTO cache_statistics VALUES (0, 0)
"""

_LOOK_UP = """
    SELECT r.key, r.diagnostics, r.metadata, r.checksum, o.name, o.digest
    FROM results_cache r LEFT JOIN cached_outputs o ON o.key = r.key
    WHERE r.key IN (SELECT value FROM json_each(?)) ORDER BY r.key, o.name
"""

_ALSO_WITHOUT = "SELECT digest FROM blobs WHERE base IN (SELECT value FROM json_each(?1))"
_WITH = f"digest IN (SELECT value FROM json_each(?1)) OR digest IN ({_ALSO_WITHOUT})"
_MARK_SECONDS = 3600

# The size of the contents, of which shared ends count once. Neither part of it reads their data.
BYTES = """
    SELECT (SELECT coalesce(sum(size), 0) FROM blobs)
    - (SELECT coalesce(sum(tail), 0) FROM blobs WHERE base IS NOT NULL)
"""

# What was read from and written to the shared cache.
_VERSION_2 = """
CREATE TABLE shared_statistics (
    hits INTEGER NOT NULL, misses INTEGER NOT NULL, written INTEGER NOT NULL
);
INSERT INTO shared_statistics VALUES (0, 0, 0)
"""

# An entry whose checksum is another one is damaged, and as good as absent; older ones have none.
_VERSION_3 = "ALTER TABLE results_cache ADD COLUMN checksum TEXT"

# How the data of a content are compressed; `size` is that of the content itself.
_VERSION_4 = "ALTER TABLE blobs ADD COLUMN packing INTEGER NOT NULL DEFAULT 0"

# The content that ends alike, and how many bytes of its end are not stored again: `contents`.
_VERSION_5 = """
ALTER TABLE blobs ADD COLUMN base TEXT;
ALTER TABLE blobs ADD COLUMN tail INTEGER NOT NULL DEFAULT 0;
CREATE INDEX blobs_by_base ON blobs (base, tail) WHERE base IS NOT NULL
"""

CACHE_SCHEMA = Schema(
    name="results cache",
    application_id=0x434C4D43,
    migrations=(_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5),
    durable=True,
)


@frozen(repr=False)
class CacheStatistics:
    """`entries` and `bytes` are stored now; hits and misses count since the cache was created."""

    entries: int
    bytes: int
    hits: int
    misses: int


class ResultsCache(Database):
    """The results cache in its own file; for use by one thread.

    An entry is complete or absent: it is written in one transaction with all its outputs.
    Equal outputs are stored once.
    """

    def __init__(
        self,
        path: Path,
        *,
        create: bool = True,
        busy_seconds: float = BUSY_SECONDS,
        connection: sqlite3.Connection | None = None,
    ) -> None:
        connection = connection or open_database(
            path, CACHE_SCHEMA, create=create, busy_seconds=busy_seconds
        )
        super().__init__(path, CACHE_SCHEMA, connection)
        self.contents = Contents(connection)
        self.presence = Presence(path)
        if create:  # a build; a worker belongs to a build that registers itself
            self.presence.enter()

    @classmethod
    def for_reading(cls, path: Path) -> ResultsCache:
        """Opens the cache for reading, as empty if it does not exist; changes no file."""
        return cls(path, create=False, connection=open_if_exists(path, CACHE_SCHEMA))

    def close(self) -> None:
        super().close()
        self.presence.leave()

    def check_cache(self, key: str) -> StoredResult | None:
        """The result with this key; None on a miss."""
        return self.check_cache_many([key]).get(key)

    def check_cache_many(self, keys: Iterable[str]) -> dict[str, StoredResult]:
        """The results of the keys that have one, by key."""
        # One statement reads one state: an entry that another process replaces is the old or the
        # new one, never a mixture.
        return _intact_results(self.all(_LOOK_UP, json.dumps(list(keys))))

    def add_to_cache(
        self,
        key: str,
        job_type: str,
        outputs: Mapping[str, bytes],
        diagnostics: Iterable[Diagnostic] = (),
        metadata: Mapping[str, Any] | None = None,
        *,
        replace: bool = False,
    ) -> StoredResult:
        """Stores a result and returns the stored one.

        A job is a pure function: if the key already has a result, that one is kept and returned,
        unless `replace` is set.
        """
        digests = {name: digest_bytes(data) for name, data in outputs.items()}
        contents = {digests[name]: data for name, data in outputs.items()}
        with self.reading():
            forms = self.contents.pack(contents)
        with self.writing() as connection:
            if replace:
                connection.execute("DELETE FROM results_cache WHERE key = ?", (key,))
            result = StoredResult(key, digests, tuple(diagnostics), dict(metadata or {}))
            if not _is_there(connection, key):
                self.contents.store(contents, forms, contents)
                _insert(connection, result, job_type)
            stored = self.check_cache(key)
        assert stored is not None  # written above, or before by another process
        return stored

    def add_results(
        self, results: Iterable[tuple[StoredResult, str]], contents: Mapping[str, bytes]
    ) -> dict[str, StoredResult]:
        """Stores results, each with its job type, in one transaction; returns the stored ones.

        `contents` has the contents of their outputs by their digests, which were verified. A
        result of which one is neither there nor in the cache is left out.
        """
        added = []
        with self.reading():
            forms = self.contents.pack(contents)
        with self.writing() as connection:
            for result, job_type in results:
                digests = set(result.outputs.values())
                if all(self.contents.has(digest) for digest in digests - contents.keys()):
                    added.append(result.key)
                    if not _is_there(connection, result.key):
                        self.contents.store(contents, forms, digests & contents.keys())
                        _insert(connection, result, job_type)
        return self.check_cache_many(added)

    def read_blob(self, digest: str) -> bytes:
        """The content with this digest, verified.

        Raises:
            KeyError: there is none.
            DatabaseCorruptError: the stored content does not match; its results were dropped.
        """
        with self.reading():
            data = self.contents.read(digest)
        if data is None:
            dropped = self.drop_contents(self.contents.damaged(digest))
            raise DatabaseCorruptError(
                f"the results cache at {self.path} had damaged content; "
                f"{dropped} result(s) were dropped",
                hint="build again; to find further damage, run `clm cache verify`",
            )
        return data

    def has_content(self, digest: str) -> bool:
        """Whether a result has an output with this digest."""
        with self.reading():
            return self.contents.has(digest)

    def drop_contents(self, digests: Iterable[str]) -> int:
        """Removes damaged contents, those of which they are bases, and the results that have them.

        Returns how many results.
        """
        found = list(digests)
        if not found:
            return 0
        with self.writing() as connection:
            of_these = (json.dumps(found),)
            rows = connection.execute(
                f"SELECT DISTINCT key FROM cached_outputs WHERE {_WITH}", of_these
            ).fetchall()
            connection.executemany("DELETE FROM results_cache WHERE key = ?", rows)
            connection.execute(f"DELETE FROM blobs WHERE {_WITH}", of_these)
        return len(rows)

    def drop_entries(self, keys: Iterable[str]) -> int:
        """Removes results; returns how many keys were given."""
        rows = [(key,) for key in keys]
        if rows:
            with self.writing() as connection:
                connection.executemany("DELETE FROM results_cache WHERE key = ?", rows)
        return len(rows)

    def job_types(self) -> dict[str, str]:
        """The job types of all results of whole jobs, by key."""
        rows = self.all(
            "SELECT key, job_type FROM results_cache WHERE key NOT IN "
            "(SELECT key FROM cached_outputs WHERE name = 'memo')"
        )
        return dict(rows)

    def mark_used(self, key: str) -> None:
        """Updates a result's time of last use, unless it was updated within the last hour."""
        now = time.time()
        row = self.one(
            "SELECT 1 FROM results_cache WHERE key = ? AND last_used_at < ?",
            key,
            now - _MARK_SECONDS,
        )
        if row:
            self.change("UPDATE results_cache SET last_used_at = ? WHERE key = ?", now, key)

    def record_use(self, hits: Iterable[str], misses: int) -> None:
        """Counts one build's lookups: `hits` are the keys that were found."""
        keys = list(hits)
        with self.writing() as connection:
            connection.executemany(
                "UPDATE results_cache SET uses = uses + 1, last_used_at = ? WHERE key = ?",
                [(time.time(), key) for key in keys],
            )
            connection.execute(
                "UPDATE cache_statistics SET hits = hits + ?, misses = misses + ?",
                (len(keys), misses),
            )

    def record_shared_use(self, hits: int, misses: int, written: int) -> None:
        """Counts one build's use of the shared cache."""
        self.change(
            "UPDATE shared_statistics "
            "SET hits = hits + ?, misses = misses + ?, written = written + ?",
            hits,
            misses,
            written,
        )

    def statistics(self) -> CacheStatistics:
        (entries,) = self.one("SELECT count(*) FROM results_cache")
        (size,) = self.one(BYTES)
        hits, misses = self.one("SELECT hits, misses FROM cache_statistics")
        return CacheStatistics(entries, size, hits, misses)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """As for any database; also marks a damaged cache, which the next build then repairs."""
        try:
            with super().reading():
                yield
        except DatabaseCorruptError as error:
            mark_suspect(self.path)
            error.hint = "build again: this recovers the intact results into a new file"
            raise


def _intact_results(rows: Iterable[tuple[Any, ...]]) -> dict[str, StoredResult]:
    results: dict[str, StoredResult] = {}
    for (key, diagnostics, metadata, checksum), outputs in groupby(rows, itemgetter(0, 1, 2, 3)):
        digests = {name: digest for *_, name, digest in outputs if name is not None}
        if is_intact(checksum, key, diagnostics, metadata, digests):
            results[key] = StoredResult(
                key, digests, load_diagnostics(diagnostics), json.loads(metadata)
            )
    return results


def is_intact(checksum: object, *entry: object) -> bool:
    """Whether this is the checksum of the columns of an entry, or it was made without one."""
    return checksum is None or checksum == _checksum(*entry)


def _checksum(*entry: object) -> str:
    # Of what was read: damaged columns may have any type that SQLite knows.
    return hashlib.sha256(repr(entry).encode()).hexdigest()


def _is_there(connection: sqlite3.Connection, key: str) -> bool:
    """Whether the key has an intact result."""
    return bool(_intact_results(connection.execute(_LOOK_UP, (json.dumps([key]),)).fetchall()))


def _insert(connection: sqlite3.Connection, result: StoredResult, job_type: str) -> None:
    """Stores a result of which the contents are stored."""
    now, key = time.time(), result.key
    connection.execute("DELETE FROM results_cache WHERE key = ?", (key,))
    diagnostics, metadata = dump_diagnostics(result.diagnostics), canonical_json(result.metadata)
    digests = dict(sorted(result.outputs.items()))
    checksum = _checksum(key, diagnostics, metadata, digests)
    connection.execute(
        "INSERT INTO results_cache VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
        (key, job_type, diagnostics, metadata, now, now, checksum),
    )
    connection.executemany(
        "INSERT INTO cached_outputs VALUES (?, ?, ?)",
        [(key, name, digest) for name, digest in digests.items()],
    )


def suspect_mark(path: Path) -> Path:
    """The path of the file that marks a cache as damaged."""
    return path.with_name(f"{path.name}.suspect")


def mark_suspect(path: Path) -> None:
    """Marks the cache as damaged, so that the next build repairs it."""
    with suppress(OSError):
        suspect_mark(path).touch()
