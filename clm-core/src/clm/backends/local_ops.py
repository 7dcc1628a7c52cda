"""The operations that every backend carries out in the building process itself."""

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
    """Copies, writes and removes files; does no jobs.

    A file appears whole or not at all: it is written to a temporary name beside its target
    and then renamed.
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
                            f"{source} has changed since the build began, and was not copied",
                            hint="build again",
                        )
                    _keep_executable(source, temporary)
            case WriteFile(content, target):
                with _replacing(target) as temporary:
                    temporary.write_bytes(content)
            case RemoveFile(target, root):
                _remove(target, root)
            case RunJobs() | CancelJobs():
                raise UsageError("this backend does no jobs", hint="choose another --backend")

    async def wait_for_completion(self) -> None:
        """Nothing is ever left running."""

    async def shutdown(self) -> None:
        """Nothing is held."""


def _keep_executable(source: Path, copy: Path) -> None:
    executable = source.stat().st_mode & 0o111
    if executable:
        copy.chmod(copy.stat().st_mode | executable)


def remove_temporaries(folder: Path) -> None:
    """Removes what processes that are gone were about to write in the folder."""
    for temporary in folder.glob(f".*-*{TEMPORARY_SUFFIX}"):
        pid = temporary.name[1:].partition("-")[0]
        if pid.isdecimal() and not is_running(int(pid)):
            with suppress(OSError):
                temporary.unlink()


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    # A short name of its own: the target's may already be as long as a name can be.
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
                break  # another build has put something there
    except OSError as error:
        raise OutputError(f"{target} cannot be removed: {error.strerror or error}") from error
