"""What builds leave in `.clm`, and what of it is swept up when one begins."""

from __future__ import annotations

import os
from pathlib import Path

from clm.database.sqlite.processes import is_running
from clm.workers.job_folder import remove_tree
from clm.workers.temporary_folder import sweep_temporary_folders


def work_folder(work: Path, build_id: str) -> Path:
    """Where a build of this process does its jobs; the name says which process that is."""
    return work / f"{os.getpid()}-{build_id}"


def sweep_work_folders(work: Path) -> None:
    """Removes the work folders of builds whose process is gone, and their temporary files."""
    sweep_temporary_folders()
    for folder in work.glob("*-*"):
        pid = folder.name.partition("-")[0]
        if pid.isdecimal() and not is_running(int(pid)):
            remove_tree(folder)
