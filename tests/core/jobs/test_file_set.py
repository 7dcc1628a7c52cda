"""Sets of files as outputs of jobs."""

from __future__ import annotations

import json

import pytest

from clm import FileSet, name_by_content
from clm.errors import InvalidResultError
from clm.jobs.file_set import ReadFileSet
from clm.jobs.key import digest_bytes

DIGEST = digest_bytes(b"x")
NAME = name_by_content("a.png", DIGEST)


def forged(name: object = NAME, folder: object = 0, digest: object = DIGEST) -> bytes:
    head = {"files": [[folder, name, digest]], "sizes": {}}
    return json.dumps(head).encode() + b"\n"


def test_set_read_as_written() -> None:
    files = FileSet()
    names = [files.add(0, "b.png", b"b"), files.add(1, "b.png", b"b")]
    names.append(files.add_input(0, "a.png", DIGEST))
    read = ReadFileSet.of(files.to_bytes(), 2)
    assert sorted(file.name for file in read.files) == sorted(names)
    assert read.contents == {digest_bytes(b"b"): b"b"}


def test_order_does_not_matter() -> None:
    one, other = FileSet(), FileSet()
    for name in "ab":
        one.add(0, name, name.encode())
    for name in "ba":
        other.add(0, name, name.encode())
    assert one.to_bytes() == other.to_bytes()


def test_equal_files_have_one_name() -> None:
    files = FileSet()
    assert files.add(0, "a.png", b"x") == files.add_input(0, "a.png", DIGEST)
    assert len(ReadFileSet.of(files.to_bytes(), 1).files) == 1


@pytest.mark.parametrize(
    "name",
    [f"../{NAME}", f"x/{NAME}", f"x\\{NAME}", f"c:{NAME}", f".{NAME}", "a.png", f"\0{NAME}", 1, ""],
)
def test_other_names_refused(name: object) -> None:
    with pytest.raises(InvalidResultError):
        ReadFileSet.of(forged(name), 1)


@pytest.mark.parametrize("folder", [1, -1, "0", None, True])
def test_unknown_folder_refused(folder: object) -> None:
    with pytest.raises(InvalidResultError):
        ReadFileSet.of(forged(folder=folder), 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x",
        b"{}",
        b"[]\n",
        pytest.param(b"[" * 10**5, id="deep"),
        b'{"files":[[1]],"sizes":{}}\n',
    ],
)
def test_other_content_refused(data: bytes) -> None:
    with pytest.raises(InvalidResultError):
        ReadFileSet.of(data, 1)


def test_empty_digest_refused() -> None:
    with pytest.raises(InvalidResultError):
        ReadFileSet.of(forged("a..png", digest=""), 1)


def test_damaged_content_refused() -> None:
    files = FileSet()
    files.add(0, "a.png", b"xyz")
    with pytest.raises(InvalidResultError):
        ReadFileSet.of(files.to_bytes()[:-1], 1)
