"""What an operator sees of a results cache."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from attrs import frozen

from clm.database.cache import CACHE_SCHEMA
from clm.database.connection import translated
from clm.database.reading import open_for_reading


@frozen
class CacheOverview:
    """`bytes` is what the results hold, `file_bytes` what the file takes. `hits` and `misses`
    count since the cache was made; `oldest` is when the first of the entries was made and
    `newest` when one was last used or made, in seconds since the epoch."""

    entries: int
    bytes: int
    file_bytes: int
    hits: int
    misses: int
    oldest: float | None
    newest: float | None


def cache_overview(path: Path) -> CacheOverview:
    """Looks at the cache at `path`.

    Raises:
        DatabaseError: it cannot be read.
    """
    connection = open_for_reading(path, CACHE_SCHEMA)
    with closing(connection), translated(path, CACHE_SCHEMA.name):
        entries, oldest, newest = connection.execute(
            "SELECT count(*), min(created_at), max(last_used_at) FROM results_cache"
        ).fetchone()
        size = connection.execute("SELECT coalesce(sum(size), 0) FROM blobs").fetchone()[0]
        hits, misses = connection.execute("SELECT hits, misses FROM cache_statistics").fetchone()
    return CacheOverview(entries, size, path.stat().st_size, hits, misses, oldest, newest)
