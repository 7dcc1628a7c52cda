"""Mending a results cache that is damaged: its sound results go over into a new file."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import frozen

from clm.database.cache.maintenance import Verified, verify
from clm.database.cache.results import CACHE_SCHEMA, ResultsCache, suspect_mark
from clm.database.sqlite.presence import Presence
from clm.database.sqlite.recovery import is_truncated, looks_damaged, set_aside
from clm.errors import DatabaseBusyError, DatabaseCorruptError, NotAClmDatabaseError
from clm.jobs.key import digest_bytes
from clm.jobs.serialization import load_diagnostics

log = logging.getLogger(__name__)

_ENTRIES = "key, job_type, diagnostics, metadata, created_at, last_used_at, uses"
_OUTPUTS = """
    SELECT o.name, o.digest, b.data FROM cached_outputs o LEFT JOIN blobs b ON b.digest = o.digest
    WHERE o.key = ?
"""


@frozen
class Mended:
    """Where the damaged file is now, and how many results were taken over from it."""

    aside: Path
    kept: int

    def __str__(self) -> str:
        return (
            f"the results cache was damaged; it was set aside as {self.aside}, "
            f"and {self.kept} sound result(s) were taken over from it"
        )


def repair_cache(path: Path) -> Mended:
    """Sets the cache aside, and makes a new one of its sound results.

    Raises:
        DatabaseBusyError: another build is using it.
    """
    if Presence(path).others():
        raise DatabaseBusyError(
            f"the results cache at {path} is damaged, and another build is using it",
            hint="wait for it to end, and build again",
        )
    aside = set_aside(path)
    suspect_mark(path).unlink(missing_ok=True)
    with ResultsCache(path) as cache:
        return Mended(aside, sum(1 for _ in _take_over(aside, cache)))


@frozen
class Checked:
    """What a check of a whole cache found; `mended` where the file itself was damaged."""

    verified: Verified
    mended: Mended | None = None


def check_cache_file(path: Path) -> Checked:
    """Looks through a whole cache, and drops or sets aside what is damaged.

    Raises:
        NotAClmDatabaseError: the file is an undamaged database of something else.
        DatabaseBusyError: the file itself is damaged, and another build is using it.
    """
    verified = _verified(path)
    if verified is not None:
        return Checked(verified)
    mended = repair_cache(path)
    with ResultsCache(path) as cache:
        return Checked(verify(cache), mended)


def _verified(path: Path) -> Verified | None:
    """What the comparison of all contents has found; None where the file itself is damaged."""
    if is_truncated(path):
        return None
    try:
        with ResultsCache(path) as cache:
            if not cache.is_sound():
                return None
            suspect_mark(path).unlink(missing_ok=True)
            return verify(cache)
    except DatabaseCorruptError:
        return None
    except NotAClmDatabaseError:
        if not looks_damaged(path):
            raise
        return None


def _take_over(aside: Path, cache: ResultsCache) -> Iterator[str]:
    """The keys of the results that could be read and are what their digests say."""
    with closing(sqlite3.connect(aside)) as old:
        # Without it SQLite reads nothing at all of a file that is shorter than it should be.
        old.execute("PRAGMA writable_schema=ON")
        seen: set[str] = set()
        # From both ends: a damaged page ends the reading.
        for order in ("ASC", "DESC"):
            for entry in _readable(
                old, f"SELECT {_ENTRIES} FROM results_cache ORDER BY key {order}"
            ):
                if entry[0] not in seen:
                    seen.add(entry[0])
                    if _take_over_one(old, entry, cache):
                        yield entry[0]


def _take_over_one(old: sqlite3.Connection, entry: tuple[Any, ...], cache: ResultsCache) -> bool:
    key, job_type, said, metadata, created_at, last_used_at, uses = entry
    try:
        rows = old.execute(_OUTPUTS, (key,)).fetchall()
        sound = all(digest_bytes(data) == digest for _, digest, data in rows)
        outputs = {name: data for name, _, data in rows}
        diagnostics, values = load_diagnostics(said), dict(json.loads(metadata))
    except Exception as error:  # whatever damaged bytes are taken for
        log.info("the result %s cannot be read: %s", key, error)
        return False
    if not sound:
        return False
    cache.add_to_cache(key, job_type, outputs, diagnostics, values)
    cache.connection.execute(
        "UPDATE results_cache SET created_at = ?, last_used_at = ?, uses = ? WHERE key = ?",
        (created_at, last_used_at, uses, key),
    )
    return True


def _readable(connection: sqlite3.Connection, statement: str) -> Iterator[tuple[Any, ...]]:
    """The rows up to the first that cannot be read."""
    try:
        yield from connection.execute(statement)
    except sqlite3.DatabaseError as error:
        log.info("%s: %s", CACHE_SCHEMA.name, error)
