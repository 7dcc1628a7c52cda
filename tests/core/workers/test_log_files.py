"""Rotation and pruning of worker logs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from clm.workers.log_files import older, prune_logs, rotate


def test_newest_logs_kept(tmp_path: Path) -> None:
    for n in range(10):
        (tmp_path / f"{n}.log").touch()
        os.utime(tmp_path / f"{n}.log", (n, n))
    (tmp_path / "notes.txt").touch()

    prune_logs(tmp_path, keep=2)

    assert {p.name for p in tmp_path.iterdir()} == {"8.log", "9.log", "notes.txt"}


def test_rotated_part_pruned_with_log(tmp_path: Path) -> None:
    for n in range(2):
        for name in (f"{n}.log", f"{n}.log.1"):
            (tmp_path / name).touch()
        os.utime(tmp_path / f"{n}.log", (n, n))

    prune_logs(tmp_path, keep=1)

    assert {p.name for p in tmp_path.iterdir()} == {"1.log", "1.log.1"}


def test_small_log_not_rotated(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("x" * 10)

    rotate(log, largest=10)

    assert log.read_text() == "x" * 10
    assert not older(log).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="logs are not rotated while in use on Windows")
def test_large_log_rotated_while_open(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    with log.open("ab", buffering=0) as file:
        file.write(b"old" * 10)
        rotate(log, largest=20)
        file.write(b"new")

    assert older(log).read_bytes() == b"old" * 10
    assert log.read_bytes() == b"new"
