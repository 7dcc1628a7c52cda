"""The fresh folder in which a job is done, and getting rid of it whatever is left inside."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from clm.errors import UnsafePathError

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
