"""Creation and removal of the folders of jobs, workers and builds."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from attrs import frozen

from clm.database.sqlite.processes import is_running
from clm.errors import UnsafePathError
from clm.regular_files import open_regular

# Tools create sockets in it, whose paths are limited to 104 bytes on some systems.
_MAX_PATH_BYTES = 55
# Used if the usual place has a long path, as on macOS.
_SHORT_PLACE = Path("/tmp")  # mkdtemp creates folders that only their owner may use
_NAME = re.compile(r"clm-(\d+)-\w+")
# Elsewhere these are ordinary characters of file names.
_SEPARATORS = "\\:" if os.name == "nt" else ""


@frozen(repr=False)
class TemporaryFolder:
    """A worker's folder for temporary files; `path` is None if all paths would be too long."""

    path: Path | None

    @classmethod
    def make(cls) -> TemporaryFolder:
        """Creates a folder.

        Raises:
            OSError: it cannot be created.
        """
        for place in _temporary_places():
            # The name has the pid of its owner, for sweep_temporary_folders.
            path = Path(tempfile.mkdtemp(prefix=f"clm-{os.getpid()}-", dir=place))
            if len(os.fsencode(path)) <= _MAX_PATH_BYTES:
                return cls(path)
            path.rmdir()
        return cls(None)

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment variables that make programs use the folder."""
        return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.path)) if self.path else {}

    def remove(self) -> None:
        """Removes the folder with its contents."""
        if self.path is not None:
            remove_tree(self.path)


def sweep_temporary_folders() -> None:
    """Removes the temporary folders of dead processes."""
    for place in _temporary_places():
        for folder in place.glob("clm-*-*"):
            name = _NAME.fullmatch(folder.name)
            if name and not is_running(int(name[1])):
                remove_tree(folder)


def _temporary_places() -> list[Path]:
    usual = Path(tempfile.gettempdir())
    if os.name == "nt" or not os.access(_SHORT_PLACE, os.W_OK | os.X_OK):
        return [usual]
    return list(dict.fromkeys((usual, _SHORT_PLACE)))


_CHUNK = 1 << 20


@contextmanager
def fresh_folder(parent: Path) -> Iterator[Path]:
    """A new, empty folder below `parent`, which is removed with its contents on exit."""
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="job-", dir=parent))
    try:
        yield folder
    finally:
        remove_tree(folder)


def remove_tree(folder: Path) -> None:
    """Removes a folder as far as possible, including read-only files and folders in it.

    Files that are still open on Windows remain; this is not an error. Neither is a symbolic link,
    which remains, too.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if _is_own_folder(folder):
        _make_writable(folder)
        shutil.rmtree(folder, ignore_errors=True)


def copy_and_digest(source: Path, target: Path) -> str:
    """Copies a file's bytes and returns the SHA-256 of the copied bytes."""
    digest = hashlib.sha256()
    with open_regular(source) as read, target.open("wb") as write:
        while chunk := read.read(_CHUNK):
            digest.update(chunk)
            write.write(chunk)
    return digest.hexdigest()


def path_inside(folder: Path, name: str) -> Path:
    """The path in the folder of `name`, a relative path with `/` as separator.

    Raises:
        UnsafePathError: it would be outside the folder on this platform.
    """
    relative = PurePosixPath(name)
    unsafe = relative.is_absolute() or ".." in relative.parts
    if unsafe or not relative.parts or any(separator in name for separator in _SEPARATORS):
        raise UnsafePathError(f"the input {name!r} would be outside the job's folder")
    return folder.joinpath(*relative.parts)


def _is_own_folder(path: Path) -> bool:
    """Whether it is a folder of this account.

    Anybody may put a link to files of this account into a shared temporary folder: their
    permissions must not change.
    """
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and (os.name == "nt" or status.st_uid == os.geteuid())


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
    """The folder for the jobs of a build of this process; its name starts with the pid."""
    return work / f"{os.getpid()}-{build_id}"


def sweep_work_folders(work: Path) -> None:
    """Removes the work folders and temporary folders of dead processes."""
    sweep_temporary_folders()
    for folder in work.glob("*-*"):
        pid = folder.name.partition("-")[0]
        if pid.isdecimal() and not is_running(int(pid)):
            remove_tree(folder)
