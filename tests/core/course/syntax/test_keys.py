"""The table of keys and its documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clm.course.syntax.keys import COURSE, Key, Keys

GUIDE = Path(__file__).parents[4] / "docs" / "user-guide.md"


def all_keys(keys: Keys) -> Iterator[tuple[str, Key]]:
    for key in keys.known:
        yield keys.what, key
        for inner in (key.of, *key.or_of):
            if inner is not None:
                yield from all_keys(inner)


@pytest.mark.parametrize(
    ("what", "name"), sorted({(what, key.name) for what, key in all_keys(COURSE)})
)
def test_user_guide_names_every_key(what: str, name: str) -> None:
    assert f"`{name}`" in GUIDE.read_text(encoding="utf-8")


def test_unused_keys_have_reason() -> None:
    unused = [key for _, key in all_keys(COURSE) if key.unused]
    assert unused
    assert all(key.unused in key.help for key in unused)
