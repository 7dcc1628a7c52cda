"""Faults of the system in any command: one message without a traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clm.cli.system_faults import system_fault

pytestmark = pytest.mark.usefixtures("plain_environment")

NO_TEMPORARY_FOLDER = "import tempfile; tempfile._candidate_tempdir_list = list"
NO_CURRENT_FOLDER = "import os; os.rmdir(os.getcwd())"


def error_of(fault: str, command: str, folder: Path) -> str:
    """What the program says in a process in `folder` that has met the fault."""
    folder.mkdir()
    program = f"{fault}\nfrom clm.cli.main import run\nrun()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, *command.split()],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "command", ["serve", "serve --socket a", "start --db-path a", "start --broker amqp://localhost"]
)
def test_missing_temporary_folder_named(command: str, tmp_path: Path) -> None:
    said = error_of(NO_TEMPORARY_FOLDER, f"workers {command}", tmp_path / "here")
    assert "no folder for temporary files can be written" in said
    assert "TMPDIR" in said


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the current folder of a process")
@pytest.mark.parametrize("command", ["workers list", "workers start", "build"])
def test_missing_current_folder_named(command: str, tmp_path: Path) -> None:
    said = error_of(NO_CURRENT_FOLDER, command, tmp_path / "here")
    assert "the current folder no longer exists" in said


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_refused_file_named(number: int) -> None:
    found = system_fault(OSError(number, os.strerror(number), "a/b"))
    assert found is not None
    assert found.message == f"{os.strerror(number)}: a/b"
    assert found.hint


def test_other_missing_file_stays_bug(tmp_path: Path) -> None:
    assert system_fault(FileNotFoundError(errno.ENOENT, "none", str(tmp_path))) is None


@pytest.mark.parametrize(
    "error",
    [RuntimeError("can't start new thread"), MemoryError(), BlockingIOError(errno.EAGAIN, "busy")],
)
def test_refusal_of_machine_is_no_bug(error: Exception) -> None:
    found = system_fault(error)
    assert found is not None and found.hint


def test_other_runtime_error_stays_bug() -> None:
    assert system_fault(RuntimeError("no such state")) is None
