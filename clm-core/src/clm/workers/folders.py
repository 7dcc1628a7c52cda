"""Folders of jobs, workers and builds: made fresh, and removed whatever is left inside."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from attrs import frozen

from clm.database.sqlite.processes import is_running
from clm.errors import UnsafePathError

# Tools make sockets in it, whose paths may have 104 bytes on some systems.
_LONGEST = 55
_NAME = re.compile(r"clm-(\d+)-\w+")


@frozen
class TemporaryFolder:
    """One such folder, of a worker that this process starts; none where its path were too long."""

    path: Path | None

    @classmethod
    def make(cls) -> TemporaryFolder:
        """A new one.

        Raises:
            OSError: there is no room for it.
        """
        # The name says whose it is.
        path = Path(tempfile.mkdtemp(prefix=f"clm-{os.getpid()}-"))
        if len(os.fsencode(path)) > _LONGEST:
            path.rmdir()
            return cls(None)
        return cls(path)

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes programs use it."""
        return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.path)) if self.path else {}

    def remove(self) -> None:
        """Removes it with all that it holds."""
        if self.path is not None:
            remove_tree(self.path)


def sweep_temporary_folders() -> None:
    """Removes those of processes that are gone."""
    for folder in Path(tempfile.gettempdir()).glob("clm-*-*"):
        name = _NAME.fullmatch(folder.name)
        if name and not is_running(int(name[1])):
            remove_tree(folder)


_CHUNK = 1 << 20


@contextmanager
def fresh_folder(parent: Path) -> Iterator[Path]:
    """A new, empty folder below `parent`; it is removed with all that it then holds."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="job-", dir=parent))
    try:
        yield folder
    finally:
        remove_tree(folder)


def remove_tree(folder: Path) -> None:
    """Removes a folder as far as that goes, also with read-only files and folders inside.

    What somebody still has open on Windows stays: no reason to fail what was done there.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        _make_writable(folder)
        shutil.rmtree(folder, ignore_errors=True)


def copy_and_digest(source: Path, target: Path) -> str:
    """Copies a file's bytes and returns their SHA-256, which is that of the copy for sure."""
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("wb") as write:
        while chunk := read.read(_CHUNK):
            digest.update(chunk)
            write.write(chunk)
    return digest.hexdigest()


def path_inside(folder: Path, name: str) -> Path:
    """The path of `name`, relative with `/` between its parts, in the folder.

    Raises:
        UnsafePathError: it would lie outside, on some platform.
    """
    relative = PurePosixPath(name)
    unsafe = relative.is_absolute() or ".." in relative.parts or "\\" in name or ":" in name
    if unsafe or not relative.parts:
        raise UnsafePathError(f"the input {name!r} would lie outside the job's folder")
    return folder.joinpath(*relative.parts)


def _make_writable(folder: Path) -> None:
    with suppress(OSError):
        folder.chmod(0o700)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            if not path.is_symlink():
                with suppress(OSError):
                    path.chmod(0o700)


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
