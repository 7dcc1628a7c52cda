"""What builds leave behind, and what of it is removed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from clm.backends.leftovers import prune_logs, sweep_work_folders, work_folder


def test_only_folders_of_dead_builds_are_swept(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    mine = work_folder(tmp_path, "build")
    for folder in (mine, tmp_path / f"{dead.pid}-build", tmp_path / "my-own", tmp_path / "x"):
        (folder / "job-1").mkdir(parents=True)

    sweep_work_folders(tmp_path)

    assert {p.name for p in tmp_path.iterdir()} == {f"{os.getpid()}-build", "my-own", "x"}


def test_where_no_build_was_nothing_is_swept(tmp_path: Path) -> None:
    sweep_work_folders(tmp_path / "nothing")


def test_the_newest_logs_are_kept(tmp_path: Path) -> None:
    for n in range(10):
        (tmp_path / f"{n}.log").touch()
        os.utime(tmp_path / f"{n}.log", (n, n))
    (tmp_path / "notes.txt").touch()

    prune_logs(tmp_path, keep=2)

    assert {p.name for p in tmp_path.iterdir()} == {"8.log", "9.log", "notes.txt"}
