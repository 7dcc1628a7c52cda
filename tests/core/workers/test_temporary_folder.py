"""Temporary folders of workers."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from clm.workers.folders import TemporaryFolder, sweep_temporary_folders


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short path, since long ones are not used."""
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def test_child_files_removed_with_folder(place: Path) -> None:
    folder = TemporaryFolder.make()
    make_file = "import tempfile; print(tempfile.mkstemp()[1])"

    made = subprocess.run(
        [sys.executable, "-c", make_file],
        env=os.environ | dict(folder.environment),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert Path(made).parent == folder.path

    folder.remove()
    assert list(place.iterdir()) == []


def test_overlong_path_not_used(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = place / ("x" * 60)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))

    folder = TemporaryFolder.make()

    assert folder.environment == {}
    assert list(long.iterdir()) == []
    folder.remove()
    assert long.exists()


def test_only_dead_process_folders_swept(place: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (place / f"clm-{dead.pid}-abc_1" / "inner").mkdir(parents=True)
    kept = {f"clm-{os.getpid()}-abc", f"clm-kernel-{dead.pid}", f"clm-{dead.pid}"}
    for name in kept:
        (place / name).mkdir()

    sweep_temporary_folders()

    assert {path.name for path in place.iterdir()} == kept
