"""Contents that share their ends in the results cache."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm.database.cache.contents import _common_end
from clm.database.cache.maintenance import prune, verify
from clm.database.cache.repair import repair_cache
from clm.database.cache.results import ResultsCache
from clm.errors import DatabaseCorruptError
from clm.jobs.key import digest_bytes

STYLES = "\n".join(f".c{n} {{ color: #{n * 977:06x}; }}" for n in range(600)).encode()
SCRIPT = random.Random(2).randbytes(200_000)


def page(text: str) -> bytes:
    return b"<title>" + text.encode() + b"</title>" + STYLES + text.encode() * 20 + SCRIPT


PAGES = [page(f"Page {number}") for number in range(5)]


def add(cache: ResultsCache, *pages: bytes) -> None:
    for data in pages:
        cache.add_to_cache(key_of(data), "conversion", {"x": data})


def key_of(data: bytes) -> str:
    return f"key of {digest_bytes(data)[:8]}"


def read(cache: ResultsCache, data: bytes) -> bytes:
    return cache.read_blob(digest_bytes(data))


def bases(cache: ResultsCache) -> Mapping[str, str | None]:
    return dict(cache.all("SELECT digest, base FROM blobs"))


def test_shared_end_stored_once(cache: ResultsCache) -> None:
    add(cache, *PAGES)
    (stored,) = cache.one("SELECT sum(length(data)) FROM blobs")
    assert stored < len(PAGES[0]) * 1.02
    with ResultsCache(cache.path) as other:
        assert [read(other, data) for data in reversed(PAGES)] == PAGES[::-1]


def test_bases_have_no_base(cache: ResultsCache) -> None:
    add(cache, *PAGES[:3])
    with ResultsCache(cache.path) as later:
        add(later, PAGES[2], *PAGES[3:])
    found = bases(cache)
    assert {found[base] for base in found.values() if base is not None} == {None}
    assert sum(base is None for base in found.values()) == 1


@pytest.mark.parametrize("change", ["data = x'00'", "packing = 1", "base = digest"])
def test_damaged_base_drops_dependants(cache: ResultsCache, change: str) -> None:
    add(cache, *PAGES)
    cache.change(f"UPDATE blobs SET {change} WHERE base IS NULL")
    with ResultsCache(cache.path) as other:
        with pytest.raises(DatabaseCorruptError, match="5 result"):
            read(other, PAGES[3])
        assert not bases(other)


@pytest.mark.parametrize(
    "change", ["data = x'00'", "tail = 1", "tail = 'x'", "tail = 900000", "packing = 0", "base = 7"]
)
def test_damaged_end_drops_one_result(cache: ResultsCache, change: str) -> None:
    add(cache, *PAGES)
    cache.change(f"UPDATE blobs SET {change} WHERE digest = ?", digest_bytes(PAGES[3]))
    with pytest.raises(DatabaseCorruptError, match="1 result"):
        read(cache, PAGES[3])
    assert [read(cache, data) for data in PAGES[:3]] == PAGES[:3]


def test_rewritten_base_mends_dependants(cache: ResultsCache) -> None:
    add(cache, *PAGES[:2])
    cache.change("UPDATE blobs SET data = x'00' WHERE base IS NULL")
    with ResultsCache(cache.path) as other:
        add(other, PAGES[2])  # might be a base of what is written next
        other.add_to_cache(key_of(PAGES[0]), "conversion", {"x": PAGES[0]}, replace=True)
        assert [read(other, data) for data in PAGES[:2]] == PAGES[:2]


def test_lost_base_not_used(cache: ResultsCache) -> None:
    add(cache, PAGES[0])
    with ResultsCache(cache.path) as other:
        other.drop_contents([digest_bytes(PAGES[0])])
    add(cache, PAGES[1])
    assert read(cache, PAGES[1]) == PAGES[1]
    assert set(bases(cache).values()) == {None}


def test_pruning_keeps_needed_bases(cache: ResultsCache) -> None:
    add(cache, *PAGES)
    cache.change(
        "UPDATE results_cache SET last_used_at = CASE key WHEN ? THEN 2 ELSE 1 END",
        key_of(PAGES[4]),
    )
    prune(cache, max_bytes=len(PAGES[4]) - len(SCRIPT) + 100)
    with ResultsCache(cache.path) as other:
        assert read(other, PAGES[4]) == PAGES[4]
    assert bases(cache).keys() == {digest_bytes(PAGES[0]), digest_bytes(PAGES[4])}
    prune(cache, max_age=0)
    assert not bases(cache)


def test_shared_end_counts_once(cache: ResultsCache) -> None:
    add(cache, *PAGES)
    assert cache.statistics().bytes < len(SCRIPT) + 5 * (len(PAGES[0]) - len(SCRIPT) + 10)
    assert prune(cache, max_bytes=2 * len(PAGES[0])).entries == 0


def test_repair_keeps_shared_ends(cache: ResultsCache) -> None:
    add(cache, *PAGES)
    cache.close()
    assert repair_cache(cache.path).recovered == len(PAGES)
    with ResultsCache(cache.path) as new:
        assert [read(new, data) for data in PAGES] == PAGES
        assert (verify(new).contents, verify(new).bad) == (5, 0)


def test_few_contents_kept_in_memory(cache: ResultsCache) -> None:
    noise = random.Random(3)
    add(cache, *(noise.randbytes(3_000_000) for _ in range(4)))
    assert sum(map(len, cache.contents._bases.values())) < 1 << 23


ENDS = st.integers(0, 200_000)


@given(st.binary(max_size=9), st.binary(max_size=9), ENDS, ENDS)
def test_common_end_found(one: bytes, other: bytes, length: int, at: int) -> None:
    end = SCRIPT[:length]
    first, second = one + end, other + end
    longest = min(len(first), len(second)) - 1
    wanted = next(
        (n for n in range(len(end), longest) if first[-n - 1] != second[-n - 1]), max(longest, 0)
    )
    assert _common_end(first, second) == min(wanted, max(longest, 0))


def test_results_share_across_pages(cache: ResultsCache) -> None:
    outputs = {f"page {number}": data for number, data in enumerate(PAGES)}
    stored = cache.add_to_cache("all", "conversion", outputs)
    for one, other in pairwise(stored.outputs.values()):
        assert one != other
    assert {name: cache.read_blob(d) for name, d in stored.outputs.items()} == outputs
