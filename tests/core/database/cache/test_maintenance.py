"""Pruning, verification and repair of results caches, on real and damaged files."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from clm.database.cache.maintenance import cache_overview, clear, prune, verify
from clm.database.cache.opening import open_cache
from clm.database.cache.repair import check_cache_file, repair_cache
from clm.database.cache.results import ResultsCache, suspect_mark
from clm.errors import DatabaseBusyError, DatabaseCorruptError, NotAClmDatabaseError


def fill(cache: ResultsCache, count: int, *, size: int = 1000) -> None:
    """Adds entries `key-0`, `key-1`, ..., each last used later than the one before."""
    for number in range(count):
        key = f"key-{number}"
        cache.add_to_cache(key, "conversion", {"x": bytes([number % 256]) * size})
        use(cache, key, 1000.0 + number)


def use(cache: ResultsCache, key: str, moment: float) -> None:
    cache.connection.execute(
        "UPDATE results_cache SET last_used_at = ? WHERE key = ?", (moment, key)
    )


def keys(cache: ResultsCache) -> set[str]:
    return {row[0] for row in cache.connection.execute("SELECT key FROM results_cache").fetchall()}


# -- pruning ------------------------------------------------------------------------------------


def test_prune_evicts_least_recently_used(cache: ResultsCache) -> None:
    fill(cache, 10)
    use(cache, "key-0", 5000.0)

    removed = prune(cache, max_bytes=3000)

    assert (removed.entries, removed.bytes) == (7, 7000)
    assert keys(cache) == {"key-0", "key-8", "key-9"}
    assert cache.statistics().bytes == 3000


def test_small_cache_not_pruned(cache: ResultsCache) -> None:
    fill(cache, 3)

    assert prune(cache, max_bytes=3000).entries == 0
    assert len(keys(cache)) == 3


def test_shared_blobs_counted_once(cache: ResultsCache) -> None:
    for number in range(5):
        cache.add_to_cache(f"key-{number}", "conversion", {"x": b"s" * 1000, "y": bytes([number])})
        use(cache, f"key-{number}", 1000.0 + number)

    prune(cache, max_bytes=1003)

    assert keys(cache) == {"key-2", "key-3", "key-4"}
    assert cache.read_blob(next(iter(cache.check_cache_many(["key-4"]).values())).outputs["x"])


def test_prune_evicts_by_age(cache: ResultsCache) -> None:
    fill(cache, 3)
    cache.add_to_cache("new", "conversion", {"x": b"new"})

    prune(cache, max_age=3600)

    assert keys(cache) == {"new"}


def test_clear_resets_entries_and_counts(cache: ResultsCache) -> None:
    fill(cache, 3)
    cache.record_use(["key-0"], 1)

    assert clear(cache).entries == 3

    found = cache.statistics()
    assert (found.entries, found.bytes, found.hits, found.misses) == (0, 0, 0, 0)


OPEN = """
import sys
from pathlib import Path
from clm.database.cache.results import ResultsCache
with ResultsCache(Path(sys.argv[1])):
    print("open", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def user(cache: ResultsCache) -> Callable[[], subprocess.Popen[str]]:
    """Starts a process that uses the cache until it reads a line."""

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", OPEN, str(cache.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None and process.stdout.readline() == "open\n"
        return process

    return start


def test_no_pruning_while_in_use(
    cache: ResultsCache, user: Callable[[], subprocess.Popen[str]]
) -> None:
    fill(cache, 3)
    other = user()

    with pytest.raises(DatabaseBusyError, match="another build"):
        prune(cache, max_bytes=0)
    assert len(keys(cache)) == 3
    other.communicate("\n")

    assert prune(cache, max_bytes=0).entries == 3


def test_killed_build_releases_cache(
    cache: ResultsCache, user: Callable[[], subprocess.Popen[str]]
) -> None:
    fill(cache, 3)
    other = user()
    other.kill()
    other.communicate()

    assert prune(cache, max_bytes=0).entries == 3


def test_use_marks_are_throttled(cache: ResultsCache) -> None:
    fill(cache, 1)
    cache.mark_used("key-0")
    first = cache_overview(cache.path).newest
    assert first is not None and first > 2000

    cache.mark_used("key-0")

    assert cache_overview(cache.path).newest == first


# -- verification -------------------------------------------------------------------------------


def damage(cache: ResultsCache, key: str) -> None:
    cache.connection.execute(
        "UPDATE blobs SET data = zeroblob(size) "
        "WHERE digest IN (SELECT digest FROM cached_outputs WHERE key = ?)",
        (key,),
    )


def test_damaged_entries_dropped(cache: ResultsCache) -> None:
    fill(cache, 5)
    damage(cache, "key-3")

    found = verify(cache)

    assert (found.contents, found.bad, found.dropped) == (5, 1, 1)
    assert keys(cache) == {"key-0", "key-1", "key-2", "key-4"}


def test_entries_without_content_dropped(cache: ResultsCache) -> None:
    fill(cache, 3)
    cache.connection.execute("PRAGMA foreign_keys=OFF")
    cache.connection.execute("DELETE FROM blobs WHERE rowid = (SELECT min(rowid) FROM blobs)")
    cache.connection.execute("PRAGMA foreign_keys=ON")

    assert verify(cache).dropped == 1
    assert len(keys(cache)) == 2


def test_entry_of_other_checksum_dropped(cache: ResultsCache) -> None:
    fill(cache, 3)
    cache.change("UPDATE cached_outputs SET name = 'y' WHERE key = 'key-1'")

    assert verify(cache).dropped == 1
    assert keys(cache) == {"key-0", "key-2"}


def test_intact_cache_loses_nothing(cache: ResultsCache) -> None:
    fill(cache, 3)

    found = verify(cache)

    assert (found.contents, found.bad, found.dropped) == (3, 0, 0)


def test_reading_damaged_entry_drops_it(cache: ResultsCache) -> None:
    fill(cache, 3)
    stored = cache.check_cache("key-1")
    assert stored is not None
    damage(cache, "key-1")

    with pytest.raises(DatabaseCorruptError):
        cache.read_blob(stored.outputs["x"])

    assert keys(cache) == {"key-0", "key-2"}


# -- repair -------------------------------------------------------------------------------------


def broken(path: Path, how: str) -> bytes:
    """Creates a cache of 200 entries with a damaged file; returns the file's content."""
    with ResultsCache(path) as cache:
        fill(cache, 200, size=3000)
    content = bytearray(path.read_bytes())
    match how:
        case "zeroed":
            content = bytearray(len(content))
        case "truncated":
            content = content[: len(content) * 9 // 10]
        case "cut to 10 bytes":
            content = content[:10]
        case "random header":
            content[:4096] = os.urandom(4096)
    path.write_bytes(content)
    return bytes(content)


@pytest.mark.parametrize("how", ["zeroed", "truncated", "cut to 10 bytes"])
def test_damaged_cache_replaced_with_warning(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "clm_cache.db"
    content = broken(path, how)

    with open_cache(path) as cache:
        assert verify(cache).bad == 0
        cache.add_to_cache("more", "conversion", {"x": b"more"})
        assert "more" in keys(cache)

    (aside,) = tmp_path.glob("clm_cache.db.damaged-*")
    assert aside.read_bytes() == content
    assert str(aside) in caplog.text


def test_commit_in_progress_no_damage(tmp_path: Path) -> None:
    path, killed = tmp_path / "clm_cache.db", tmp_path / "killed.db"
    with ResultsCache(path) as cache:
        fill(cache, 3)
        cache.connection.execute("PRAGMA journal_mode=DELETE").fetchall()
        cache.connection.execute("PRAGMA cache_size=1")  # pages are written before the commit
        with pytest.raises(KeyboardInterrupt), cache.writing() as connection:
            connection.execute("UPDATE blobs SET data = zeroblob(100000)")
            for suffix in ("", "-journal"):
                killed.with_name(killed.name + suffix).write_bytes(
                    path.with_name(path.name + suffix).read_bytes()
                )
            raise KeyboardInterrupt
    # SQLite writes the header, with the number of pages, before the last pages.
    with killed.open("r+b") as file:
        file.seek(28)
        file.write((killed.stat().st_size // 4096 + 50).to_bytes(4, "big"))

    with open_cache(killed) as cache:
        assert keys(cache) == {"key-0", "key-1", "key-2"}
        assert verify(cache).bad == 0

    assert not list(tmp_path.glob("*.damaged-*"))


def test_truncated_cache_results_recovered(tmp_path: Path) -> None:
    path = tmp_path / "clm_cache.db"
    broken(path, "truncated")

    with open_cache(path) as cache:
        kept = keys(cache)
        for key in kept:
            stored = cache.check_cache(key)
            assert stored is not None
            assert len(cache.read_blob(stored.outputs["x"])) == 3000

    assert 0 < len(kept) < 200


def test_damaged_entry_not_recovered(tmp_path: Path) -> None:
    path = tmp_path / "clm_cache.db"
    with ResultsCache(path) as cache:
        fill(cache, 3)
        cache.change("UPDATE cached_outputs SET name = 'y' WHERE key = 'key-1'")

    assert repair_cache(path).recovered == 2


def test_unreadable_header_counts_as_damage(tmp_path: Path) -> None:
    path = tmp_path / ".clm" / "clm_cache.db"
    content = broken(path, "random header")

    with open_cache(path) as cache:
        assert keys(cache) == set()

    (aside,) = path.parent.glob("clm_cache.db.damaged-*")
    assert aside.read_bytes() == content


def test_foreign_file_untouched(tmp_path: Path) -> None:
    path = tmp_path / "letter"
    path.write_text("Dear Ada, this is not a database at all. " * 10)

    with pytest.raises(NotAClmDatabaseError):
        open_cache(path)

    assert [p.name for p in tmp_path.iterdir()] == ["letter"]


def test_damage_repaired_at_next_open(tmp_path: Path) -> None:
    path = tmp_path / "clm_cache.db"
    with ResultsCache(path) as cache:
        fill(cache, 200, size=3000)
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'results_cache'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(os.urandom(4096))

    with ResultsCache(path) as cache, pytest.raises(DatabaseCorruptError, match="damaged"):
        cache.check_cache("key-1")
    assert suspect_mark(path).exists()

    with open_cache(path) as cache:
        cache.add_to_cache("more", "conversion", {"x": b"more"})
    assert not suspect_mark(path).exists()
    assert list(tmp_path.glob("clm_cache.db.damaged-*"))


def test_check_repairs_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "clm_cache.db"
    broken(path, "truncated")

    found = check_cache_file(path)

    assert found.repaired is not None
    assert found.verified.bad == 0
    assert check_cache_file(path).repaired is None
