"""Files with what was found out about this machine."""

from __future__ import annotations

from pathlib import Path

from clm.installed.kept import write_json


def test_failed_write_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept.json").mkdir()

    write_json(tmp_path / "kept.json", {"a": 1})

    assert [path.name for path in tmp_path.iterdir()] == ["kept.json"]
