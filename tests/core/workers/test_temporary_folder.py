"""Temporary folders of workers."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from clm.workers import folders
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


@pytest.fixture
def long(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The usual place, with a long path; a short one is beside it."""
    long = place / ("x" * 60)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    (place / "short").mkdir()
    monkeypatch.setattr(folders, "_SHORT_PLACE", place / "short")
    return long


@pytest.mark.skipif(os.name == "nt", reason="Windows has no other place")
def test_short_place_instead_of_long(place: Path, long: Path) -> None:
    folder = TemporaryFolder.make()
    assert folder.path is not None
    assert folder.path.parent == place / "short"
    assert list(long.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no other place")
def test_short_place_swept(place: Path, long: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (place / "short" / f"clm-{dead.pid}-abc" / "inner").mkdir(parents=True)
    sweep_temporary_folders()
    assert list((place / "short").iterdir()) == []


def test_no_folder_without_short_place(
    long: Path, monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    monkeypatch.setattr(folders, "_SHORT_PLACE", place / "none")

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


@pytest.mark.skipif(os.name == "nt", reason="links need privileges on Windows")
def test_link_target_untouched(place: Path, tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    tmp_path.chmod(0o755)
    file = tmp_path / "file"
    file.write_text("x")
    file.chmod(0o644)
    (place / f"clm-{dead.pid}-abc").symlink_to(tmp_path)

    sweep_temporary_folders()

    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, file)] == [0o755, 0o644]
