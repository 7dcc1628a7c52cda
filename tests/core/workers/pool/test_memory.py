"""Available memory for further workers."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm.workers.pool.manager import available_memory


def test_container_limit_respected(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert available_memory(tmp_path) == 600_000


@pytest.mark.parametrize("limit", ["max", None])
def test_machine_memory_without_limit(tmp_path: Path, limit: str | None) -> None:
    if limit:
        (tmp_path / "memory.max").write_text(limit)
        (tmp_path / "memory.current").write_text("400000")
    assert available_memory(tmp_path) > 1_000_000
