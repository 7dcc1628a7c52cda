"""Contents in the shared cache, for backends."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm.errors import StoreError, UsageError
from clm.jobs.key import digest_bytes
from clm.plugins import PluginRegistry
from clm.stores.contents import SharedContents

DATA = b"content"
DIGEST = digest_bytes(DATA)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLM_SHARED_CACHE", str(tmp_path))
    monkeypatch.delenv("CLM_SHARED_CACHE_MODE", raising=False)
    return tmp_path


@pytest.fixture
def contents(folder: Path) -> SharedContents:
    return SharedContents(PluginRegistry.load())


def test_content_read_as_written(contents: SharedContents) -> None:
    contents.put(DIGEST, DATA)
    assert contents.get(DIGEST, len(DATA)) == DATA


def test_absent_content_refused(contents: SharedContents) -> None:
    with pytest.raises(StoreError, match="nothing with the digest"):
        contents.get(DIGEST, len(DATA))


@pytest.mark.parametrize("other", [b"tnetnoc", b"short"])
def test_damaged_content_refused(contents: SharedContents, folder: Path, other: bytes) -> None:
    contents.put(DIGEST, DATA)
    (folder / "cas" / DIGEST).write_bytes(other)
    with pytest.raises(StoreError, match="damaged"):
        contents.get(DIGEST, len(DATA))


@pytest.mark.parametrize("digest", ["", "../secret", DIGEST + "/..", DIGEST.upper()])
def test_other_paths_refused(contents: SharedContents, digest: str) -> None:
    with pytest.raises(StoreError, match="invalid"):
        contents.get(digest, 1)


@pytest.mark.parametrize("size", [-1, 10**12])
def test_impossible_size_refused(contents: SharedContents, size: int) -> None:
    with pytest.raises(StoreError, match="invalid"):
        contents.get(DIGEST, size)


def test_read_only_cache_not_written(
    contents: SharedContents, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE_MODE", "read-only")
    with pytest.raises(UsageError, match="CLM_SHARED_CACHE_MODE=read-write"):
        contents.put(DIGEST, DATA)
    assert list(folder.iterdir()) == []


def test_absent_cache_names_variable(
    contents: SharedContents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLM_SHARED_CACHE")
    assert not contents.open()
    with pytest.raises(UsageError, match="set CLM_SHARED_CACHE"):
        contents.get(DIGEST, len(DATA))


def test_opened_cache_needs_no_environment(
    contents: SharedContents, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert contents.open()
    monkeypatch.delenv("CLM_SHARED_CACHE")
    contents.put(DIGEST, DATA)


def test_unusual_error_of_store_translated(
    contents: SharedContents, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("third party")

    monkeypatch.setattr("clm.stores.folder.FolderStore.get", fail)
    with pytest.raises(StoreError, match="third party"):
        contents.get(DIGEST, len(DATA))
