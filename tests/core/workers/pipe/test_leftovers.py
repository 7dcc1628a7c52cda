"""Removal of what jobs leave behind in a container."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm.workers.pipe import leftovers
from clm.workers.pipe.leftovers import CONTAINER_VARIABLE, Leftovers


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The engine's folder, in a folder for temporary files with something of the image."""
    own = tmp_path / "temporary" / "clm-7-x"
    own.mkdir(parents=True)
    (own.parent / "of-the-image").write_text("kept")
    return own


@pytest.fixture
def left(own: Path) -> Leftovers:
    return Leftovers(own.parent, own)


def test_new_files_removed(left: Leftovers, own: Path):
    (own.parent / "big").write_bytes(bytes(10))
    (own.parent / "folder" / "inner").mkdir(parents=True)
    (own / "spool").write_text("kept")
    assert left.remove() is False
    assert sorted(path.name for path in own.parent.iterdir()) == ["clm-7-x", "of-the-image"]
    assert (own / "spool").exists()


def test_read_only_folder_removed(left: Leftovers, own: Path):
    (own.parent / "locked" / "inner").mkdir(parents=True)
    (own.parent / "locked").chmod(0)
    left.remove()
    assert not (own.parent / "locked").exists()


def test_link_removed_but_not_followed(left: Leftovers, own: Path, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("kept")
    (own.parent / "link").symlink_to(tmp_path / "elsewhere")
    left.remove()
    assert not (own.parent / "link").is_symlink()
    assert (tmp_path / "elsewhere" / "file").exists()


def test_container_with_little_room_is_worn(
    left: Leftovers, own: Path, monkeypatch: pytest.MonkeyPatch
):
    before = leftovers._used_bytes(own.parent)
    share = leftovers._size(own.parent) // 8
    monkeypatch.setattr(leftovers, "_used_bytes", lambda folder: before + share + 2**30)
    assert left.remove() is True


def test_container_with_many_processes_is_worn(left: Leftovers, monkeypatch: pytest.MonkeyPatch):
    before = leftovers._orphans()
    monkeypatch.setattr(leftovers, "_orphans", lambda: before + 100)
    assert left.remove() is True


def test_nothing_removed_outside_containers(own: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(own))
    assert Leftovers.in_container({}) is None
    found = Leftovers.in_container({CONTAINER_VARIABLE: "1"})
    assert found is not None
    assert (found.folder, found.own) == (own.parent, own)
