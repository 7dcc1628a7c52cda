"""Compression of contents in the results cache."""

from __future__ import annotations

import random
import sqlite3
import tracemalloc
import zlib
from contextlib import closing

import pytest

from clm.database.cache.packing import DEFLATED, RAW, DamagedContentError, packed, unpacked
from clm.database.cache.repair import repair_cache
from clm.database.cache.results import ResultsCache
from clm.errors import DatabaseCorruptError
from clm.jobs.key import digest_bytes

TEXT = b"<p>A paragraph of a page.</p>\n" * 1000
NOISE = random.Random(1).randbytes(300_000)
CONTENTS = [b"", b"short", TEXT, TEXT * 30, NOISE, TEXT + NOISE, NOISE[:1000] + TEXT * 30]


@pytest.mark.parametrize("data", CONTENTS, ids=range(len(CONTENTS)))
def test_packed_content_comes_back(data: bytes) -> None:
    packing, stored = packed(data)
    assert unpacked(packing, len(data), stored) == data


def test_text_shrinks() -> None:
    packing, stored = packed(TEXT)
    assert (packing, len(stored) < len(TEXT) / 10) == (DEFLATED, True)


@pytest.mark.parametrize("size", [300, 300_000])
def test_noise_stays_raw(size: int) -> None:
    assert packed(NOISE[:size]) == (RAW, NOISE[:size])


def test_short_text_shrinks() -> None:
    assert packed(TEXT[:600])[0] == DEFLATED


def test_damaged_size_fills_no_memory() -> None:
    bomb = zlib.compress(bytes(50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(DamagedContentError):
            unpacked(DEFLATED, 10, bomb)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_large_script_keeps_page_raw() -> None:
    page = TEXT + NOISE * 3 + TEXT
    assert packed(page) == (RAW, page)


@pytest.mark.parametrize(
    ("packing", "size", "stored"),
    [
        (DEFLATED, 30_000, b"no stream"),
        (DEFLATED, 30_000, zlib.compress(TEXT)[:-9]),
        (DEFLATED, 30_000, zlib.compress(TEXT)[:-1]),
        (DEFLATED, 29_999, zlib.compress(TEXT)),
        (DEFLATED, 30_001, zlib.compress(TEXT)),
        (DEFLATED, -5, zlib.compress(TEXT)),
        (DEFLATED, "many", zlib.compress(TEXT)),
        (7, 30_000, TEXT),
        (RAW, 30_000, "text"),
        (None, None, None),
    ],
)
def test_damaged_columns_refused(packing: object, size: object, stored: object) -> None:
    with pytest.raises(DamagedContentError):
        unpacked(packing, size, stored)


@pytest.mark.parametrize("change", ["size = 10", "packing = 0", "packing = 2", "data = 'text'"])
def test_damaged_column_drops_result(cache: ResultsCache, change: str) -> None:
    stored = cache.add_to_cache("key", "conversion", {"x": TEXT})
    cache.change(f"UPDATE blobs SET {change}")
    with pytest.raises(DatabaseCorruptError, match="damaged"):
        cache.read_blob(stored.outputs["x"])
    assert cache.check_cache("key") is None


@pytest.mark.parametrize("change", ["size = 10", "packing = 2", "data = 'text'"])
def test_rewrite_mends_columns(cache: ResultsCache, change: str) -> None:
    stored = cache.add_to_cache("key", "conversion", {"x": TEXT})
    cache.change(f"UPDATE blobs SET {change}")
    cache.add_to_cache("key", "conversion", {"x": TEXT}, replace=True)
    assert cache.read_blob(stored.outputs["x"]) == TEXT


def test_statistics_count_content(cache: ResultsCache) -> None:
    cache.add_to_cache("key", "conversion", {"x": TEXT})
    assert cache.statistics().bytes == len(TEXT)


def test_former_content_is_read(cache: ResultsCache) -> None:
    cache.add_to_cache("key", "conversion", {"x": TEXT})
    cache.change("UPDATE blobs SET data = ?, packing = 0", TEXT)
    assert cache.read_blob(digest_bytes(TEXT)) == TEXT


@pytest.mark.parametrize("former", [False, True])
def test_repair_keeps_content(cache: ResultsCache, former: bool) -> None:
    cache.add_to_cache("key", "conversion", {"x": TEXT, "y": b"short"})
    cache.close()
    if former:
        with closing(sqlite3.connect(cache.path, isolation_level=None)) as connection:
            connection.execute("UPDATE blobs SET data = ?, packing = 0 WHERE size > 100", (TEXT,))
            connection.execute("ALTER TABLE blobs DROP COLUMN packing")
    assert repair_cache(cache.path).recovered == 1
    with ResultsCache(cache.path) as new:
        assert new.read_blob(digest_bytes(TEXT)) == TEXT
