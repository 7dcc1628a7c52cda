"""Repair of a damaged results cache: its intact results are copied to a new file."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import frozen

from clm.database.cache.contents import Contents
from clm.database.cache.maintenance import Verified, verify
from clm.database.cache.results import (
    CACHE_SCHEMA,
    ResultsCache,
    is_intact,
    suspect_mark,
)
from clm.database.sqlite.presence import Presence
from clm.database.sqlite.recovery import looks_damaged, set_aside
from clm.errors import DatabaseBusyError, DatabaseCorruptError, NotAClmDatabaseError
from clm.jobs.serialization import load_diagnostics

log = logging.getLogger(__name__)

_OUTPUTS = """
    SELECT name, digest FROM cached_outputs WHERE key = ? ORDER BY name
"""


@frozen
class Repaired:
    """The new path of the damaged file, and the number of results recovered from it."""

    aside: Path
    recovered: int

    def __str__(self) -> str:
        return (
            f"the results cache was damaged; it was renamed to {self.aside}, "
            f"and {self.recovered} intact result(s) were recovered from it"
        )


def repair_cache(path: Path) -> Repaired:
    """Renames the damaged cache, and creates a new one from its intact results.

    Raises:
        DatabaseBusyError: another build is using it.
    """
    if Presence(path).others():
        raise DatabaseBusyError(
            f"the results cache at {path} is damaged, and another build is using it",
            hint="build again when it has ended",
        )
    aside = set_aside(path)
    suspect_mark(path).unlink(missing_ok=True)
    with ResultsCache(path) as cache:
        return Repaired(aside, sum(1 for _ in _recover(aside, cache)))


@frozen
class Checked:
    """The outcome of a check of a whole cache; `repaired` is set if the file was damaged."""

    verified: Verified
    repaired: Repaired | None = None


def check_cache_file(path: Path) -> Checked:
    """Checks a whole cache; drops damaged entries, and repairs a damaged file.

    Raises:
        NotAClmDatabaseError: the file is intact, but is not CLM's.
        DatabaseBusyError: the file itself is damaged, and another build is using it.
    """
    verified = _verified(path)
    if verified is not None:
        return Checked(verified)
    repaired = repair_cache(path)
    with ResultsCache(path) as cache:
        return Checked(verify(cache), repaired)


def _verified(path: Path) -> Verified | None:
    """The outcome of comparing all contents; None if the file itself is damaged."""
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


def _recover(aside: Path, cache: ResultsCache) -> Iterator[str]:
    """Copies the results that are readable and match their digests; yields their keys."""
    if not (aside.is_file() and os.access(aside, os.R_OK)):
        return
    with closing(sqlite3.connect(aside)) as old:
        # Without this, SQLite refuses to read a truncated file at all.
        old.execute("PRAGMA writable_schema=ON")
        contents, seen = Contents(old), set[str]()
        # In both directions, since reading stops at a damaged page.
        for order in ("ASC", "DESC"):
            for entry in _readable(old, f"SELECT * FROM results_cache ORDER BY key {order}"):
                if entry[0] not in seen:
                    seen.add(entry[0])
                    if _recover_entry(old, contents, entry, cache):
                        yield entry[0]


def _recover_entry(
    old: sqlite3.Connection, contents: Contents, entry: tuple[Any, ...], cache: ResultsCache
) -> bool:
    key, job_type, diagnostics_json, metadata, created_at, last_used_at, uses, *checksum = entry
    try:
        digests = dict(old.execute(_OUTPUTS, (key,)).fetchall())
        outputs = {name: contents.read(digest) for name, digest in digests.items()}
        # Older files have no checksums.
        intact = is_intact(*(checksum or [None]), *entry[:1], *entry[2:4], digests)
        diagnostics, values = load_diagnostics(diagnostics_json), dict(json.loads(metadata))
    except Exception as error:  # damaged bytes may raise anything
        log.info("the result %s cannot be read: %s", key, error)
        return False
    found = {name: data for name, data in outputs.items() if data is not None}
    if not intact or len(found) < len(outputs):
        return False
    cache.add_to_cache(key, job_type, found, diagnostics, values)
    cache.connection.execute(
        "UPDATE results_cache SET created_at = ?, last_used_at = ?, uses = ? WHERE key = ?",
        (created_at, last_used_at, uses, key),
    )
    return True


def _readable(connection: sqlite3.Connection, statement: str) -> Iterator[tuple[Any, ...]]:
    """The rows before the first unreadable one."""
    try:
        yield from connection.execute(statement)
    except sqlite3.DatabaseError as error:
        log.info("%s: %s", CACHE_SCHEMA.name, error)
