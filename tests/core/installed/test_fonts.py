"""Digests of fonts, the same on all machines with the same fonts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clm.installed import fonts, fonts_digest

Digest = Callable[[], str]


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of the system's fonts, with two fonts."""
    folder = tmp_path / "system"
    (folder / "truetype").mkdir(parents=True)
    (folder / "truetype" / "a.ttf").write_bytes(b"font a")
    (folder / "b.OTF").write_bytes(b"font b")
    monkeypatch.setattr(fonts, "_font_folders", lambda: [folder, tmp_path / "missing"])
    return folder


@pytest.fixture
def digest(system: Path, tmp_path: Path) -> Digest:
    return lambda: fonts_digest(cache=tmp_path / "cache")


def test_unchanged_fonts_not_read_again(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    first = digest()

    def refuse(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(fonts, "_files", refuse)
    assert digest() == first


@pytest.mark.parametrize("change", ["added", "removed", "replaced", "new folder"])
def test_change_of_fonts_alters_digest(digest: Digest, system: Path, change: str) -> None:
    first = digest()
    if change == "added":
        (system / "truetype" / "c.ttf").write_bytes(b"font c")
    elif change == "removed":
        (system / "b.OTF").unlink()
    elif change == "replaced":
        new = system / "new"
        new.write_bytes(b"font B")
        new.replace(system / "b.OTF")
        os.utime(system, (1, 1))  # a file system may have coarse times
    else:
        (system / "more").mkdir()
        (system / "more" / "d.ttc").write_bytes(b"font d")
    assert digest() != first


def test_fonts_of_missing_folder_found_later(digest: Digest, tmp_path: Path) -> None:
    first = digest()
    (tmp_path / "missing").mkdir()
    (tmp_path / "missing" / "e.ttf").write_bytes(b"font e")
    assert digest() != first


def test_place_and_time_not_in_digest(
    digest: Digest, system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = digest()
    other = tmp_path / "elsewhere"
    shutil.copytree(system, other, copy_function=shutil.copyfile)
    monkeypatch.setattr(fonts, "_font_folders", lambda: [other])
    assert digest() == first


def test_other_files_not_in_digest(digest: Digest, system: Path) -> None:
    first = digest()
    (system / "fonts.cache-1").write_bytes(b"cache")
    (system / "README").write_bytes(b"text")
    assert digest() == first


def test_given_folders_in_digest(digest: Digest, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "own.ttf").write_bytes(b"own")
    assert fonts_digest(own, cache=tmp_path / "cache") != digest()


@pytest.mark.parametrize("target", [".", "loop"])
def test_link_in_circle_ends(digest: Digest, system: Path, target: str) -> None:
    first = digest()
    try:
        (system / "truetype" / "loop").symlink_to(target, target_is_directory=True)
    except OSError:
        pytest.skip("this user may not create links")
    assert digest() == first


@pytest.mark.parametrize("text", ["", "[]", "{", '{"PLACE": [{}, 3]}'])
def test_damaged_cache_ignored(digest: Digest, tmp_path: Path, text: str) -> None:
    first = digest()
    (tmp_path / "cache" / "fonts.json").write_text(text)
    assert digest() == first


@pytest.mark.parametrize("system_name", ["linux", "darwin", "win32"])
def test_each_system_has_folders(monkeypatch: pytest.MonkeyPatch, system_name: str) -> None:
    monkeypatch.setattr(fonts.sys, "platform", system_name)
    folders = fonts._font_folders()
    assert len(set(folders)) == len(folders) > 1
