"""File operations, which every backend executes in the building process itself."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import frozen

from clm.backends.backend import (
    Backend,
    BackendContext,
    CancelJobs,
    CopyFile,
    Operation,
    RemoveFile,
    RunJobs,
    WriteFile,
)
from clm.database.sqlite.processes import is_running
from clm.errors import OutputError, UsageError
from clm.jobs.key import digest_bytes
from clm.regular_files import open_regular
from clm.workers.folders import copy_and_digest

TEMPORARY_SUFFIX = ".clm-tmp"
_SMALL = 1 << 20  # bytes that are kept in memory, to be copied again


class LocalOpsBackend(Backend):
    """Copies, writes and removes files; runs no jobs.

    Writes are atomic: a file is written under a temporary name beside its target, then renamed.
    """

    def __init__(self, context: BackendContext) -> None:
        self.context = context
        self._copied: _Source | None = None

    async def execute_operation(self, operation: Operation) -> None:
        match operation:
            case CopyFile(source, target, digest):
                self._copy(source, target, digest)
            case WriteFile(content, target):
                _replace(target, lambda temporary: _write(temporary, content))
            case RemoveFile(target, root):
                _remove(target, root)
            case RunJobs() | CancelJobs():
                raise UsageError("this backend runs no jobs", hint="choose another --backend")

    def _copy(self, source: Path, target: Path, digest: str) -> None:
        copied = self._copied
        # A file of the course is copied to many outputs, one after the other.
        if copied is None or (copied.path, copied.digest) != (source, digest):
            with _as_output_error(target):
                copied = self._copied = _Source.read(source, target, digest)
        _replace(target, copied.copy_to)

    async def wait_for_completion(self) -> None:
        """Returns at once: no operation runs in the background."""

    async def shutdown(self) -> None:
        """Does nothing: there are no resources to release."""


@frozen(repr=False)
class _Source:
    """A file that is copied: its bytes, None if they are many, and its executable bits."""

    path: Path
    digest: str
    executable: int
    content: bytes | None

    @classmethod
    def read(cls, path: Path, target: Path, digest: str) -> _Source:
        """Reads the file if it is small.

        Raises:
            OutputError: it does not exist, or what was read has another digest.
        """
        if not path.is_file():
            raise OutputError(
                f"{target} cannot be written: {path} was removed since the build began",
                hint="build again",
            )
        with open_regular(path) as file:
            executable = os.fstat(file.fileno()).st_mode & 0o111
            content = file.read(_SMALL + 1)
        if len(content) > _SMALL:
            return cls(path, digest, executable, None)
        source = cls(path, digest, executable, content)
        source._check(digest_bytes(content))
        return source

    def copy_to(self, target: Path) -> None:
        """Copies it; raises as `read`."""
        if self.content is not None:
            _write(target, self.content)
        else:
            self._check(copy_and_digest(self.path, target))
        if self.executable:
            target.chmod(target.stat().st_mode | self.executable)

    def _check(self, digest: str) -> None:
        if digest != self.digest:
            raise OutputError(
                f"{self.path} has changed since the build began; not copied", hint="build again"
            )


def remove_temporaries(folder: Path) -> None:
    """Removes the temporary files that dead processes left in the folder."""
    for temporary in folder.glob(f".*-*{TEMPORARY_SUFFIX}"):
        pid = temporary.name[1:].partition("-")[0]
        if pid.isdecimal() and not is_running(int(pid)):
            with suppress(OSError):
                temporary.unlink()


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _replace(target: Path, write: Callable[[Path], None]) -> None:
    """Puts a file in the place of `target` which `write` makes at the path that it gets."""
    # Not derived from the target's name, which may already have the maximum length.
    temporary = target.with_name(f".{os.getpid()}-{secrets.token_hex(6)}{TEMPORARY_SUFFIX}")
    with _as_output_error(target):
        try:
            try:
                write(temporary)
            except FileNotFoundError:  # nearly always the folder exists
                target.parent.mkdir(parents=True, exist_ok=True)
                write(temporary)
            # That of `Path` makes another path of the target, which takes longer than the renaming.
            os.replace(temporary, target)  # noqa: PTH105
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


@contextmanager
def _as_output_error(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written: {error.strerror or error}",
            hint="is the disk full, the folder read-only, or the file open in another program?",
        ) from error


def _remove(target: Path, root: Path) -> None:
    try:
        target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == root or not folder.is_relative_to(root) or any(folder.iterdir()):
                break
            try:
                folder.rmdir()
            except OSError:
                break  # another build has created a file in it
    except OSError as error:
        raise OutputError(f"{target} cannot be removed: {error.strerror or error}") from error
