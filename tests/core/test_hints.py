"""Hints for unknown names."""

from __future__ import annotations

import pytest

from clm.hints import nearest


@pytest.mark.parametrize(
    ("known", "hint"),
    [
        (["loops", "functions"], "did you mean 'loops'?"),
        (["xyz", "abc"], "available: abc, xyz"),
        ([], "available: none"),
    ],
)
def test_nearest_or_available_names_suggested(known: list[str], hint: str) -> None:
    assert nearest("loop", known) == hint


def test_long_name_list_truncated() -> None:
    hint = nearest("loop", [f"{number:03}" for number in range(150)])
    assert hint.startswith("available: 000, 001, ")
    assert hint.endswith(", 019 and 130 more")
