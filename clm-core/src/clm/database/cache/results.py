"""The results cache: what a job of a given key has given, kept from build to build."""

from __future__ import annotations

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

from clm.database.sqlite.connection import BUSY_SECONDS, Database, Schema, open_database
from clm.database.sqlite.presence import Presence
from clm.database.sqlite.read_only import open_if_there
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
    SELECT r.key, r.diagnostics, r.metadata, o.name, o.digest
    FROM results_cache r LEFT JOIN cached_outputs o ON o.key = r.key
    WHERE r.key IN (SELECT value FROM json_each(?)) ORDER BY r.key, o.name
"""

# The bytes of a digest are always the same, unless those kept are damaged: then these mend them.
_KEEP_BLOB = """
    INSERT INTO blobs VALUES (?, ?, ?)
    ON CONFLICT (digest) DO UPDATE SET data = excluded.data WHERE data <> excluded.data
"""

_RESULTS_WITH = """
    SELECT DISTINCT key FROM cached_outputs WHERE digest IN (SELECT value FROM json_each(?))
"""
_LATELY_SECONDS = 3600

CACHE_SCHEMA = Schema(
    name="results cache", application_id=0x434C4D43, migrations=(_VERSION_1,), durable=True
)


@frozen
class CacheStatistics:
    """`entries` and `bytes` are what is kept now, hits and misses are since it was made."""

    entries: int
    bytes: int
    hits: int
    misses: int


class ResultsCache(Database):
    """The results cache in its own file; for one thread.

    An entry is complete or absent: it is written in one transaction with all its outputs.
    The bytes of equal outputs are stored once.
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
        self.presence = Presence(path)
        if create:  # a build: workers are there for one that says so itself
            self.presence.enter()

    @classmethod
    def for_reading(cls, path: Path) -> ResultsCache:
        """The cache, empty where there is none yet; no file is changed or made."""
        return cls(path, create=False, connection=open_if_there(path, CACHE_SCHEMA))

    def close(self) -> None:
        super().close()
        self.presence.leave()

    def check_cache(self, key: str) -> StoredResult | None:
        """The result of that key, or None."""
        return self.check_cache_many([key]).get(key)

    def check_cache_many(self, keys: Iterable[str]) -> dict[str, StoredResult]:
        """The results of those of the keys that have one."""
        # One statement sees one state: an entry that another process replaces is the old or the
        # new one, never a mixture.
        rows = self.all(_LOOK_UP, json.dumps(list(keys)))
        results: dict[str, StoredResult] = {}
        for (key, said, metadata), outputs in groupby(rows, key=itemgetter(0, 1, 2)):
            digests = {name: digest for *_, name, digest in outputs if name is not None}
            results[key] = StoredResult(key, digests, load_diagnostics(said), json.loads(metadata))
        return results

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
        """Keeps a result and returns what is kept.

        A job is a pure function, so where the key has a result already that one stays, and is
        returned, unless `replace` is set.
        """
        digests = {name: digest_bytes(data) for name, data in outputs.items()}
        with self.writing() as connection:
            if replace:
                connection.execute("DELETE FROM results_cache WHERE key = ?", (key,))
            now = time.time()
            added = connection.execute(
                "INSERT OR IGNORE INTO results_cache VALUES (?, ?, ?, ?, ?, ?, 0)",
                (
                    key,
                    job_type,
                    dump_diagnostics(diagnostics),
                    canonical_json(dict(metadata or {})),
                    now,
                    now,
                ),
            )
            if added.rowcount:
                connection.executemany(
                    _KEEP_BLOB,
                    [(digests[name], len(data), data) for name, data in outputs.items()],
                )
                connection.executemany(
                    "INSERT INTO cached_outputs VALUES (?, ?, ?)",
                    [(key, name, digest) for name, digest in digests.items()],
                )
        kept = self.check_cache(key)
        assert kept is not None  # written above, or by whoever was faster
        return kept

    def read_blob(self, digest: str) -> bytes:
        """The bytes of that digest, checked.

        Raises:
            KeyError: there are none.
            DatabaseCorruptError: the bytes kept are not those.
        """
        row = self.one("SELECT data FROM blobs WHERE digest = ?", digest)
        if row is None:
            raise KeyError(digest)
        data: bytes = row[0]
        if digest_bytes(data) != digest:
            dropped = self.drop_contents([digest])
            raise DatabaseCorruptError(
                f"the results cache at {self.path} had damaged content; "
                f"{dropped} result(s) were dropped",
                hint="build again; `clm cache verify` looks for more",
            )
        return data

    def has_content(self, digest: str) -> bool:
        """Whether a result has an output with these bytes."""
        return self.one("SELECT 1 FROM blobs WHERE digest = ?", digest) is not None

    def drop_contents(self, digests: Iterable[str]) -> int:
        """Removes contents that are not what they should be, and the results that have them;
        says how many results."""
        found = list(digests)
        if not found:
            return 0
        with self.writing() as connection:
            rows = connection.execute(_RESULTS_WITH, (json.dumps(found),)).fetchall()
            connection.executemany("DELETE FROM results_cache WHERE key = ?", rows)
            connection.executemany("DELETE FROM blobs WHERE digest = ?", [(d,) for d in found])
        return len(rows)

    def drop_entries(self, keys: Iterable[str]) -> int:
        """Removes results; says how many."""
        rows = [(key,) for key in keys]
        if rows:
            with self.writing() as connection:
                connection.executemany("DELETE FROM results_cache WHERE key = ?", rows)
        return len(rows)

    def mark_used(self, key: str) -> None:
        """Notes that a result is in use, unless that was noted lately: a write costs time."""
        now = time.time()
        row = self.one(
            "SELECT 1 FROM results_cache WHERE key = ? AND last_used_at < ?",
            key,
            now - _LATELY_SECONDS,
        )
        if row:
            self.change("UPDATE results_cache SET last_used_at = ? WHERE key = ?", now, key)

    def record_use(self, hits: Iterable[str], misses: int) -> None:
        """Counts one build's look-ups: the keys that were found, the number that were not."""
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

    def statistics(self) -> CacheStatistics:
        (entries,) = self.one("SELECT count(*) FROM results_cache")
        (size,) = self.one("SELECT coalesce(sum(size), 0) FROM blobs")
        hits, misses = self.one("SELECT hits, misses FROM cache_statistics")
        return CacheStatistics(entries, size, hits, misses)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """As of any database; damage is remembered for the next build."""
        try:
            with super().reading():
                yield
        except DatabaseCorruptError as error:
            mark_suspect(self.path)
            error.hint = "build again: the sound results are then taken over into a new file"
            raise


def suspect_mark(path: Path) -> Path:
    """The file that says that a cache was found to be damaged."""
    return path.with_name(f"{path.name}.suspect")


def mark_suspect(path: Path) -> None:
    """Has the next build look through the whole cache."""
    with suppress(OSError):
        suspect_mark(path).touch()


def cache_path_of(jobs_db: Path) -> Path:
    """Where the results cache is that goes with a job queue."""
    return jobs_db.with_name(f"{jobs_db.stem.removesuffix('_jobs')}_cache.db")
