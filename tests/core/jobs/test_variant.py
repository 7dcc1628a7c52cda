"""Audiences of variants."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from attrs import evolve

from clm import Variant

PAGE = Variant(
    "en", "completed", "html", PurePosixPath("out/en/Html/Completed"), True, PurePosixPath("out/en")
)


def test_folder_and_format_have_same_readers() -> None:
    code = evolve(PAGE, format="code", directory=PurePosixPath("out/en/Python/Completed"))
    assert PAGE.has_readers_of(code) and code.has_readers_of(PAGE)


@pytest.mark.parametrize(
    "change",
    [{"language": "de"}, {"kind": "speaker"}, {"public": False}, {"root": PurePosixPath("x/en")}],
    ids=str,
)
def test_each_audience_has_own_readers(change: dict[str, Any]) -> None:
    other = evolve(PAGE, **change)
    assert not PAGE.has_readers_of(other) and not other.has_readers_of(PAGE)
