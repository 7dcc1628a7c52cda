"""Files with what was found out about this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clm.installed import fonts_digest
from clm.installed.kept import cache_folder, read_json, write_json


def test_failed_write_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept.json").mkdir()

    write_json(tmp_path / "kept.json", {"a": 1})

    assert [path.name for path in tmp_path.iterdir()] == ["kept.json"]


@pytest.mark.skipif(os.name == "nt", reason="an account of Windows has a folder")
def test_nothing_kept_without_home(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 5)  # in no list of accounts
    file = cache_folder() / "kept.json"

    write_json(file, {"a": 1})

    assert read_json(file) == {}
    assert fonts_digest()
