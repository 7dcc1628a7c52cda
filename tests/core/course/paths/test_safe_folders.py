"""Folders and files that no link leads out of."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from clm.course.paths.safe_folders import SafeFolders, safe_join
from clm.errors import UnsafePathError


@pytest.mark.parametrize("relative", ["a/b.html", ".hidden", "a/..b"])
def test_path_inside_joined(tmp_path: Path, relative: str) -> None:
    joined = safe_join(tmp_path, PurePosixPath(relative))
    assert joined == tmp_path.joinpath(*PurePosixPath(relative).parts)


@pytest.mark.parametrize("relative", ["../x", "/etc/passwd", "a/../../x", "a/../b", "a\0b"])
def test_path_outside_rejected(tmp_path: Path, relative: str) -> None:
    with pytest.raises(UnsafePathError):
        safe_join(tmp_path, PurePosixPath(relative))


def test_symlink_outside_rejected(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(UnsafePathError):
        safe_join(root, PurePosixPath("link/x"))


def test_symlink_inside_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("a")
    assert safe_join(tmp_path, PurePosixPath("link/x")) == tmp_path / "link" / "x"


def test_symlinked_root_accepted(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to("real")
    assert safe_join(tmp_path / "root", PurePosixPath("x")) == tmp_path / "root" / "x"


OUTSIDE = ["..", "../x", "a/..", "a/../b", "/etc", "/", "a\0b", "a//b/../../.."]


@pytest.mark.parametrize("path", ["", "a", "a/b", ".hidden/a", "a/..b", "a:b/c", "a\\b"])
def test_folder_inside_found(tmp_path: Path, path: str) -> None:
    assert SafeFolders(tmp_path).folder(path) == safe_join(tmp_path, PurePosixPath(path))


@pytest.mark.parametrize("path", OUTSIDE)
def test_folder_outside_rejected(tmp_path: Path, path: str) -> None:
    (tmp_path / "root" / "a").mkdir(parents=True)
    with pytest.raises(UnsafePathError):
        SafeFolders(tmp_path / "root").folder(path)


@pytest.mark.parametrize("place", ["link", "a/link"])
def test_folder_below_link_outside_rejected(tmp_path: Path, place: str) -> None:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / place).symlink_to(tmp_path)
    with pytest.raises(UnsafePathError):
        SafeFolders(root).folder(f"{place}/b/c")


def test_folder_below_link_inside_followed(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to("a")
    assert SafeFolders(tmp_path).folder("link/b") == tmp_path / "link" / "b"


def test_link_out_of_linked_folder_rejected(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "a" / "out").symlink_to(tmp_path)
    (root / "link").symlink_to("a")
    with pytest.raises(UnsafePathError):
        SafeFolders(root).folder("link/out")


def test_loop_of_links_rejected(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(UnsafePathError):
        SafeFolders(tmp_path).folder("a/x")


def test_folder_below_file_has_no_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert SafeFolders(tmp_path).folder("file/x") == tmp_path / "file" / "x"
