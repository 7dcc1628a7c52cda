"""Results cache, one rule per test."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from clm.database.cache.results import CacheStatistics, ResultsCache
from clm.errors import DatabaseCorruptError, Diagnostic, Place, Severity
from clm.jobs.key import digest_bytes

PAGE = b"<p>page</p>"
DIAGNOSTICS = (Diagnostic("a long cell", Severity.WARNING, Place("a.py", 3), hint="split it"),)


def test_stored_result_found(cache: ResultsCache) -> None:
    added = cache.add_to_cache(
        "key", "conversion", {"a.html": PAGE}, DIAGNOSTICS, {"cells": [1, None]}
    )
    assert cache.check_cache("key") == added
    assert added.diagnostics == DIAGNOSTICS
    assert added.metadata == {"cells": [1, None]}
    assert cache.read_blob(added.outputs["a.html"]) == PAGE


def test_unknown_key_is_miss(cache: ResultsCache) -> None:
    assert cache.check_cache("key") is None


def test_result_without_outputs(cache: ResultsCache) -> None:
    assert cache.add_to_cache("key", "conversion", {}).outputs == {}


def test_many_keys_looked_up(cache: ResultsCache) -> None:
    for key in ("a", "b", "c"):
        cache.add_to_cache(key, "conversion", {"x": key.encode(), "y": b"same"})
    found = cache.check_cache_many(["c", "a", "unknown", "a"])
    assert {key: sorted(result.outputs) for key, result in found.items()} == {
        "a": ["x", "y"],
        "c": ["x", "y"],
    }


def test_lookup_beyond_sql_variable_limit(cache: ResultsCache) -> None:
    cache.add_to_cache("key-39999", "conversion", {})
    assert list(cache.check_cache_many(f"key-{i}" for i in range(40_000))) == ["key-39999"]


def test_equal_bytes_stored_once(cache: ResultsCache) -> None:
    cache.add_to_cache("a", "conversion", {"x": PAGE, "y": PAGE})
    cache.add_to_cache("b", "conversion", {"x": PAGE})
    assert cache.statistics() == CacheStatistics(entries=2, bytes=len(PAGE), hits=0, misses=0)


def test_first_result_kept(cache: ResultsCache) -> None:
    first = cache.add_to_cache("key", "conversion", {"x": b"first"})
    assert cache.add_to_cache("key", "conversion", {"y": b"second"}) == first


def test_result_replaced_on_request(cache: ResultsCache) -> None:
    cache.add_to_cache("key", "conversion", {"x": b"first", "z": b""})
    second = cache.add_to_cache("key", "conversion", {"y": b"second"}, replace=True)
    assert set(second.outputs) == {"y"}
    assert cache.check_cache("key") == second


def test_hits_and_misses_counted(cache: ResultsCache) -> None:
    cache.add_to_cache("key", "conversion", {})
    cache.record_use(["key"], 2)
    cache.record_use(["key", "key"], 0)
    statistics = cache.statistics()
    assert (statistics.hits, statistics.misses) == (3, 2)


def test_unknown_blob_raises_key_error(cache: ResultsCache) -> None:
    with pytest.raises(KeyError):
        cache.read_blob(digest_bytes(b"unknown"))


def damage(cache: ResultsCache) -> None:
    with closing(sqlite3.connect(cache.path, isolation_level=None)) as connection:
        connection.execute("UPDATE blobs SET data = x'00'")


def test_damaged_blob_not_returned(cache: ResultsCache) -> None:
    stored = cache.add_to_cache("key", "conversion", {"x": PAGE})
    damage(cache)
    with pytest.raises(DatabaseCorruptError, match="damaged"):
        cache.read_blob(stored.outputs["x"])


DAMAGES = [
    "UPDATE cached_outputs SET name = 'z'",
    "UPDATE cached_outputs SET digest = (SELECT max(digest) FROM blobs)",
    "DELETE FROM cached_outputs WHERE name = 'x'",
    "UPDATE results_cache SET diagnostics = '[]'",
    "UPDATE results_cache SET metadata = x'ff'",
    "UPDATE results_cache SET checksum = 'other'",
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_entry_is_miss(cache: ResultsCache, damage: str) -> None:
    for _ in range(2):
        added = cache.add_to_cache("key", "conversion", {"x": PAGE}, DIAGNOSTICS)
        assert cache.check_cache("key") == added
        cache.add_to_cache("other", "conversion", {"x": b"other"})
        cache.change(damage + (" WHERE key = 'key'" if "WHERE" not in damage else ""))
        assert cache.check_cache("key") is None


def test_damaged_blob_repaired_by_rewrite(cache: ResultsCache) -> None:
    stored = cache.add_to_cache("key", "conversion", {"x": PAGE})
    damage(cache)
    cache.add_to_cache("key", "conversion", {"x": PAGE}, replace=True)
    assert cache.read_blob(stored.outputs["x"]) == PAGE


def test_failed_write_leaves_no_entry(cache: ResultsCache) -> None:
    with pytest.raises(ValueError):
        cache.add_to_cache("key", "conversion", {"x": PAGE}, metadata={"x": float("nan")})
    assert cache.check_cache("key") is None
    assert cache.statistics().bytes == 0


def test_lookup_sees_consistent_state(cache: ResultsCache) -> None:
    """While another connection replaces the entry, its two outputs always match."""
    stop = threading.Event()
    seen: set[str] = set()

    def replace() -> None:
        with ResultsCache(cache.path) as other:
            number = 0
            while not stop.is_set():
                number += 1
                name = str(number)
                other.add_to_cache(
                    "key", "conversion", {name: b""}, metadata={"name": name}, replace=True
                )

    cache.add_to_cache("key", "conversion", {"0": b""}, metadata={"name": "0"})
    thread = threading.Thread(target=replace)
    thread.start()
    try:
        for _ in range(100_000):
            stored = cache.check_cache("key")
            assert stored is not None
            assert list(stored.outputs) == [stored.metadata["name"]]
            seen.add(stored.metadata["name"])
            if len(seen) == 20:
                break
    finally:
        stop.set()
        thread.join()
    assert len(seen) == 20


ADD = """
import sys
from pathlib import Path
from clm.database.cache.results import ResultsCache
with ResultsCache(Path(sys.argv[1])) as cache:
    print("ready", flush=True)
    for number in range(int(sys.argv[2]), 10**9):
        outputs = {str(i): f"{number}-{i}".encode() * 3000 for i in range(5)}
        cache.add_to_cache(f"key-{number}", "conversion", outputs, metadata={"number": number})
        print(number, flush=True)
"""


@pytest.mark.faults
def test_no_partial_entry_after_kill(tmp_path: Path) -> None:
    path = tmp_path / "clm_cache.db"
    chance = random.Random(7)
    reported: set[int] = set()
    for round_ in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", ADD, str(path), str(round_ * 100_000)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        timer = threading.Timer(chance.uniform(0.0, 0.06), process.kill)
        timer.start()
        reported |= {int(line) for line in process.stdout.read().split("\n") if line}
        process.wait()
        process.stdout.close()
        timer.join()
    with ResultsCache(path, create=False) as cache:
        with closing(sqlite3.connect(path)) as plain:
            assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert plain.execute("PRAGMA foreign_key_check").fetchall() == []
            keys = [row[0] for row in plain.execute("SELECT key FROM results_cache").fetchall()]
        assert {f"key-{number}" for number in reported} <= set(keys)
        for key, stored in cache.check_cache_many(keys).items():
            assert len(stored.outputs) == 5, key
            for name, digest in stored.outputs.items():
                expected = f"{stored.metadata['number']}-{name}".encode() * 3000
                assert cache.read_blob(digest) == expected
