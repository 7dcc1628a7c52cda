"""The pages on reliability and security: every promise names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_TESTS = Path(__file__).parents[1]
_PAGE = _TESTS.parent / "docs" / "reliability.md"
_TEXTS = [page.read_text(encoding="utf-8") for page in (_PAGE, _PAGE.with_name("security.md"))]


def _rows() -> list[list[str]]:
    """The cells of the table's rows: promise, how, tests and, for some, the last figure."""
    lines = (line for line in _PAGE.read_text(encoding="utf-8").splitlines())
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return [row for row in rows if row[0] not in ("promise", "---")]


def _named(text: str) -> list[tuple[str, str]]:
    """The tests that a text names, as pairs of file and name."""
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)


def test_there_are_promises() -> None:
    assert len(_rows()) > 15


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row[0])
def test_each_promise_has_test(row: list[str]) -> None:
    assert _named(row[2])


@pytest.mark.parametrize("named", sorted(set(_named("\n".join(_TEXTS)))), ids=str)
def test_each_named_test_exists(named: tuple[str, str]) -> None:
    file, name = named
    assert f"\ndef {name}(" in (_TESTS.parent / file).read_text(encoding="utf-8")
