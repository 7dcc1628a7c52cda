"""How much memory there is for further workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm.workers.pool.manager import available_memory


def test_a_containers_limit_is_kept(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert available_memory(tmp_path) == 600_000


@pytest.mark.parametrize("limit", ["max", None])
def test_without_a_limit_it_is_what_the_machine_has(tmp_path: Path, limit: str | None) -> None:
    if limit:
        (tmp_path / "memory.max").write_text(limit)
        (tmp_path / "memory.current").write_text("400000")
    assert available_memory(tmp_path) > 1_000_000
