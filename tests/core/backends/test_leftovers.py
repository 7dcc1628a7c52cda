"""Removal of the work folders of dead builds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from clm.workers.folders import sweep_work_folders, work_folder


def test_only_orphan_work_folders_swept(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    mine = work_folder(tmp_path, "build")
    for folder in (mine, tmp_path / f"{dead.pid}-build", tmp_path / "my-own", tmp_path / "x"):
        (folder / "job-1").mkdir(parents=True)

    sweep_work_folders(tmp_path)

    assert {p.name for p in tmp_path.iterdir()} == {f"{os.getpid()}-build", "my-own", "x"}


def test_sweep_of_missing_folder(tmp_path: Path) -> None:
    sweep_work_folders(tmp_path / "nothing")

    assert list(tmp_path.iterdir()) == []
