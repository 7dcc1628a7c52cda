"""File operations, which every backend executes in the building process itself."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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
from clm.workers.folders import copy_and_digest

TEMPORARY_SUFFIX = ".clm-tmp"


class LocalOpsBackend(Backend):
    """Copies, writes and removes files; runs no jobs.

    Writes are atomic: a file is written under a temporary name beside its target, then renamed.
    """

    def __init__(self, context: BackendContext) -> None:
        self.context = context

    async def execute_operation(self, operation: Operation) -> None:
        match operation:
            case CopyFile(source, target, digest):
                with _replacing(target) as temporary:
                    if not source.is_file():
                        raise OutputError(
                            f"{target} cannot be written: {source} was removed since the build "
                            "began",
                            hint="build again",
                        )
                    if copy_and_digest(source, temporary) != digest:
                        raise OutputError(
                            f"{source} has changed since the build began; not copied",
                            hint="build again",
                        )
                    _keep_executable(source, temporary)
            case WriteFile(content, target):
                with _replacing(target) as temporary:
                    temporary.write_bytes(content)
            case RemoveFile(target, root):
                _remove(target, root)
            case RunJobs() | CancelJobs():
                raise UsageError("this backend runs no jobs", hint="choose another --backend")

    async def wait_for_completion(self) -> None:
        """Returns at once: no operation runs in the background."""

    async def shutdown(self) -> None:
        """Does nothing: there are no resources to release."""


def _keep_executable(source: Path, copy: Path) -> None:
    executable = source.stat().st_mode & 0o111
    if executable:
        copy.chmod(copy.stat().st_mode | executable)


def remove_temporaries(folder: Path) -> None:
    """Removes the temporary files that dead processes left in the folder."""
    for temporary in folder.glob(f".*-*{TEMPORARY_SUFFIX}"):
        pid = temporary.name[1:].partition("-")[0]
        if pid.isdecimal() and not is_running(int(pid)):
            with suppress(OSError):
                temporary.unlink()


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    # Not derived from the target's name, which may already have the maximum length.
    name = f".{os.getpid()}-{uuid.uuid4().hex[:12]}{TEMPORARY_SUFFIX}"
    temporary = target.parent / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
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
