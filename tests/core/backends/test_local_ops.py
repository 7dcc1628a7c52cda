"""Atomic writing, copying and removal of files."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from clm.backends import local_ops
from clm.backends.backend import CopyFile, Operation, RemoveFile, RunJobs, WriteFile
from clm.backends.local_ops import LocalOpsBackend, remove_temporaries
from clm.errors import OutputError, UsageError
from clm.jobs.key import digest_bytes

Do = Callable[[Operation], None]


@pytest.fixture
def do() -> Do:
    context: Any = None  # these operations need nothing of the build

    def execute(operation: Operation) -> None:
        asyncio.run(LocalOpsBackend(context).execute_operation(operation))

    return execute


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_write_creates_parent_folders(do: Do, tmp_path: Path) -> None:
    do(WriteFile(b"data", tmp_path / "a" / "b" / "file"))

    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"data"
    assert names(tmp_path / "a" / "b") == {"file"}


def test_file_is_copied(do: Do, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"data" * 10**6)

    do(CopyFile(tmp_path / "source", tmp_path / "target", digest_bytes(b"data" * 10**6)))

    assert (tmp_path / "target").read_bytes() == b"data" * 10**6


def test_source_read_once_for_targets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    open_regular = local_ops.open_regular
    monkeypatch.setattr(local_ops, "open_regular", lambda p: opened.append(p) or open_regular(p))
    backend = LocalOpsBackend(cast("Any", None))
    for name in "ab":
        (tmp_path / name).write_bytes(name.encode())

    async def copy_all() -> None:
        for name, target in ("a1", "a2", "b1", "a3"):
            digest = digest_bytes(name.encode())
            operation = CopyFile(tmp_path / name, tmp_path / "to" / f"{name}{target}", digest)
            await backend.execute_operation(operation)

    asyncio.run(copy_all())

    assert [path.name for path in opened] == ["a", "b", "a"]
    copies = {path.name: path.read_bytes() for path in (tmp_path / "to").iterdir()}
    assert copies == {"a1": b"a", "a2": b"a", "b1": b"b", "a3": b"a"}


def test_edited_source_read_again(tmp_path: Path) -> None:
    backend = LocalOpsBackend(cast("Any", None))
    for content in (b"old", b"new"):
        (tmp_path / "source").write_bytes(content)
        operation = CopyFile(tmp_path / "source", tmp_path / "target", digest_bytes(content))

        asyncio.run(backend.execute_operation(operation))

        assert (tmp_path / "target").read_bytes() == content


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no executable bit")
def test_copy_keeps_executable_bit(do: Do, tmp_path: Path) -> None:
    (tmp_path / "gradlew").write_bytes(b"#!/bin/sh")
    (tmp_path / "gradlew").chmod(0o555)

    do(CopyFile(tmp_path / "gradlew", tmp_path / "target", digest_bytes(b"#!/bin/sh")))

    assert os.access(tmp_path / "target", os.X_OK)
    assert (tmp_path / "target").stat().st_mode & 0o200  # and can be removed again


def test_removed_source_named(do: Do, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"source was removed since the build began"):
        do(CopyFile(tmp_path / "source", tmp_path / "target", digest_bytes(b"x")))


def test_changed_source_not_copied(do: Do, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"new")
    (tmp_path / "target").write_bytes(b"old")

    with pytest.raises(OutputError, match="has changed since the build began"):
        do(CopyFile(tmp_path / "source", tmp_path / "target", digest_bytes(b"planned")))

    assert (tmp_path / "target").read_bytes() == b"old"
    assert names(tmp_path) == {"source", "target"}


def test_reader_never_sees_partial_file(do: Do, tmp_path: Path) -> None:
    target = tmp_path / "file"
    contents = [bytes([n]) * 300_000 for n in range(2)]
    target.write_bytes(contents[0])
    seen: set[bytes] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(target.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(200):
        do(WriteFile(contents[n % 2], target))
    done.set()
    reader.join()

    assert seen == set(contents)


def test_longest_file_name_written(do: Do, tmp_path: Path) -> None:
    do(WriteFile(b"", tmp_path / ("n" * 255)))

    assert names(tmp_path) == {"n" * 255}


@pytest.mark.parametrize("what", ["folder", "below a file", "too long", "gone source"])
def test_failed_write_leaves_nothing(do: Do, tmp_path: Path, what: str) -> None:
    (tmp_path / "folder" / "full").mkdir(parents=True)
    (tmp_path / "file").write_bytes(b"")
    operations: dict[str, Operation] = {
        "folder": WriteFile(b"", tmp_path / "folder"),
        "below a file": WriteFile(b"", tmp_path / "file" / "x"),
        "too long": WriteFile(b"", tmp_path / ("n" * 256)),
        "gone source": CopyFile(tmp_path / "nothing", tmp_path / "x", ""),
    }

    with pytest.raises(OutputError, match="cannot be written"):
        do(operations[what])

    assert names(tmp_path) == {"folder", "file"}


_WITHOUT_ROOM = """
import asyncio, pathlib, resource, sys
from clm.backends.backend import WriteFile
from clm.backends.local_ops import LocalOpsBackend
from clm.errors import OutputError
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    operation = WriteFile(bytes(5000), pathlib.Path(sys.argv[1]))
    asyncio.run(LocalOpsBackend(None).execute_operation(operation))
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="file sizes cannot be limited on Windows")
def test_disk_full_keeps_old_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")

    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_ROOM, str(tmp_path / "file")],
        capture_output=True,
        text=True,
    )

    assert "cannot be written: File too large" in done.stdout, done.stderr
    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == {"file"}


_READ_ONLY = """
import asyncio, os, pathlib, sys
from clm.backends.backend import RemoveFile, WriteFile
from clm.backends.local_ops import LocalOpsBackend
from clm.errors import OutputError
if os.geteuid() == 0:  # root may write everywhere
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
folder = pathlib.Path(sys.argv[1])
for operation in (
    WriteFile(b"new", folder / "file"),
    WriteFile(b"new", folder / "deep" / "file"),
    RemoveFile(folder / "file", folder),
):
    try:
        asyncio.run(LocalOpsBackend(None).execute_operation(operation))
    except OutputError as error:
        print(error.message)
"""


@pytest.mark.skipif(os.name == "nt", reason="folders are never read-only on Windows")
def test_read_only_folder_is_error(tmp_path: Path) -> None:
    folder = tmp_path / "output"
    folder.mkdir()
    (folder / "file").write_bytes(b"old")
    folder.chmod(0o555)
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(parent.stat().st_mode | 0o011)

    done = subprocess.run(
        [sys.executable, "-c", _READ_ONLY, str(folder)], capture_output=True, text=True
    )

    assert done.stdout.splitlines() == [
        f"{folder / 'file'} cannot be written: Permission denied",
        f"{folder / 'deep' / 'file'} cannot be written: Permission denied",
        f"{folder / 'file'} cannot be removed: Permission denied",
    ], done.stderr
    assert names(folder) == {"file"}


def test_link_replaced_not_followed(do: Do, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"kept")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    do(WriteFile(b"new", tmp_path / "link"))

    assert (tmp_path / "elsewhere").read_bytes() == b"kept"
    assert (tmp_path / "link").read_bytes() == b"new"


def test_emptied_parent_folders_removed(do: Do, tmp_path: Path) -> None:
    do(WriteFile(b"", tmp_path / "root" / "a" / "b" / "file"))
    do(WriteFile(b"", tmp_path / "root" / "a" / "other"))

    do(RemoveFile(tmp_path / "root" / "a" / "b" / "file", tmp_path / "root"))
    assert names(tmp_path / "root" / "a") == {"other"}
    do(RemoveFile(tmp_path / "root" / "a" / "other", tmp_path / "root"))

    assert names(tmp_path / "root") == set()


def test_removing_missing_file_succeeds(do: Do, tmp_path: Path) -> None:
    do(RemoveFile(tmp_path / "nothing", tmp_path))


def test_failed_removal_is_error(do: Do, tmp_path: Path) -> None:
    (tmp_path / "folder" / "full").mkdir(parents=True)

    with pytest.raises(OutputError, match="cannot be removed"):
        do(RemoveFile(tmp_path / "folder", tmp_path))


def test_run_jobs_refused(do: Do) -> None:
    with pytest.raises(UsageError, match="runs no jobs"):
        do(RunJobs(()))


def test_only_orphan_temporaries_removed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        dead.wait()
    keep = {f".{os.getpid()}-a.clm-tmp", ".clm-tmp", ".x-1.clm-tmp", "mine", f".{dead.pid}-a"}
    for name in (*keep, f".{dead.pid}-a.clm-tmp"):
        (tmp_path / name).touch()

    remove_temporaries(tmp_path)
    remove_temporaries(tmp_path / "nothing")

    assert names(tmp_path) == keep
