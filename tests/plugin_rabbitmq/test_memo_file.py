"""The database of memos on a machine with workers."""

from __future__ import annotations

from pathlib import Path

from clm.workers.folders import remove_tree
from clm_plugin_rabbitmq.host.job_cache import MemoFile


def test_removed_memo_file_replaced(tmp_path: Path) -> None:
    memos = MemoFile(tmp_path / "removed" / "memos.db")
    memos.opened().add_to_cache("a", "echo", {"memo": b"1"})
    assert memos.opened().check_cache("a") is not None
    remove_tree(tmp_path / "removed")
    assert memos.opened().check_cache("a") is None
    memos.opened().add_to_cache("b", "echo", {"memo": b"2"})
    memos.close()
