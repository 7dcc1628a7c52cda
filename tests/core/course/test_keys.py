"""The table of keys and its documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clm.course.keys import COURSE, Key, Keys

GUIDE = Path(__file__).parents[3] / "docs" / "user-guide.md"


def all_keys(keys: Keys) -> Iterator[tuple[str, Key]]:
    for key in keys.known:
        yield keys.what, key
        if key.of is not None:
            yield from all_keys(key.of)


@pytest.mark.parametrize(
    ("what", "name"), sorted({(what, key.name) for what, key in all_keys(COURSE)})
)
def test_user_guide_names_every_key(what: str, name: str) -> None:
    assert f"`{name}`" in GUIDE.read_text(encoding="utf-8")


def test_known_and_ignored_keys_disjoint() -> None:
    found = {id(keys): keys for keys in [COURSE, *(k.of for _, k in all_keys(COURSE) if k.of)]}
    assert all(set(keys.names).isdisjoint(keys.ignored) for keys in found.values())
