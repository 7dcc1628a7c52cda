"""What builds leave in `.clm`, and what of it is swept up when the next one begins."""

from __future__ import annotations

import os
from pathlib import Path

from clm.workers.job_folder import remove_tree
from clm.workers.process_tree import is_running


def work_folder(work: Path, build_id: str) -> Path:
    """Where a build of this process does its jobs; the name says which process that is."""
    return work / f"{os.getpid()}-{build_id}"


def sweep_work_folders(work: Path) -> None:
    """Removes the work folders of builds whose process is gone."""
    for folder in work.glob("*-*"):
        pid = folder.name.partition("-")[0]
        if pid.isdecimal() and not is_running(int(pid)):
            remove_tree(folder)
