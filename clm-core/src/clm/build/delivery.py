"""Putting results and copies into the output folder, and nothing that is there already."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from attrs import define, field, frozen

from clm.backends.backend import Backend, CopyFile, RemoveFile, WriteFile
from clm.build.outputs_record import OutputsRecord, RecordedOutput
from clm.build.report import BuildReport
from clm.course.output_tree import safe_join
from clm.database.cache import DatabaseManager
from clm.errors import Diagnostic, OutputError
from clm.jobs.key import digest_file
from clm.jobs.request import FileInput, JobRequest
from clm.jobs.result import StoredResult


@frozen
class _Wanted:
    """An output as it should be, and the operation's content: bytes by digest, or a file."""

    path: PurePosixPath
    target: Path
    key: str
    digest: str
    file: Path | None = None

    def recorded(self) -> RecordedOutput:
        """The record of it, once it has been written."""
        stat = self.target.stat()
        return RecordedOutput(
            self.path, self.key, self.digest, size=stat.st_size, mtime_ns=stat.st_mtime_ns
        )


@define
class Delivery:
    """Writes outputs below `root` through the backend.

    A file that is as it should be is not touched. A file that CLM has not written, or that has
    been changed since, is only overwritten with `force`.
    """

    root: Path
    record: OutputsRecord
    cache: DatabaseManager
    backend: Backend
    report: BuildReport
    force: bool = False
    _recorded: dict[PurePosixPath, RecordedOutput] = field(init=False)
    _folders: dict[PurePosixPath, Path] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._recorded = self.record.outputs(self.root)

    def is_current(self, request: JobRequest, key: str) -> bool:
        """Whether all outputs of a job are there, from the result of that key, unchanged."""
        return all(
            self._is_as_left(path, key=key)
            for output in request.outputs
            for path in output.destinations
        )

    async def deliver(self, request: JobRequest, result: StoredResult) -> None:
        """Brings a job's outputs to their places.

        Raises:
            OutputError: one of them cannot be written; the others are.
            DatabaseError: the results cache cannot give them.
        """
        wanted = [
            _Wanted(path, self._target(path), result.key, result.outputs[output.name])
            for output in request.outputs
            for path in output.destinations
        ]
        await self._write(wanted)

    async def copy(self, file: FileInput, destinations: Iterable[PurePosixPath]) -> None:
        """Brings a file of the course to its places; raises as `deliver` does."""
        stale = [p for p in destinations if not self._is_as_left(p, digest=file.digest)]
        self.report.files_unchanged += len(tuple(destinations)) - len(stale)
        wanted = [_Wanted(p, self._target(p), file.digest, file.digest, file.path) for p in stale]
        await self._write(wanted)

    async def remove_others(self, wanted: set[PurePosixPath]) -> None:
        """Removes what CLM wrote earlier and the course no longer asks for, where unchanged."""
        for path, recorded in list(self._recorded.items()):
            if path in wanted:
                continue
            target = self._target(path)
            if self._is_as_left(path, digest=recorded.digest):
                await self.backend.execute_operation(RemoveFile(target, self.root))
                self.report.files_removed += 1
            self.record.forget(self.root, [path])

    async def _write(self, wanted: Iterable[_Wanted]) -> None:
        missing = [item for item in wanted if not self._adopt(item)]
        refused = [item for item in missing if not self._may_overwrite(item)]
        ours = [item for item in missing if item not in refused]
        if ours:
            await self._write_all(ours)
        if refused:
            raise _Refused(refused)

    async def _write_all(self, items: Iterable[_Wanted]) -> None:
        # The intent is recorded first: whenever this process dies, the files are known as ours.
        items = list(items)
        self.record.save(self.root, [RecordedOutput(i.path, i.key, i.digest) for i in items])
        contents: dict[str, bytes] = {}
        for item in items:
            if item.file is not None:
                await self.backend.execute_operation(CopyFile(item.file, item.target))
                continue
            if item.digest not in contents:
                contents[item.digest] = self.cache.read_blob(item.digest)
            content = contents[item.digest]
            await self.backend.execute_operation(WriteFile(content, item.target))
        self._remember(items)
        self.report.files_written += len(items)

    def _adopt(self, item: _Wanted) -> bool:
        """Whether the file has its content already; it is then CLM's from now on."""
        recorded = self._recorded.get(item.path)
        if not self._is_as_left(item.path, digest=item.digest):
            if not item.target.is_file() or digest_file(item.target) != item.digest:
                return False
            recorded = None
        if recorded is None or recorded.key != item.key:
            self._remember([item])
        self.report.files_unchanged += 1
        return True

    def _may_overwrite(self, item: _Wanted) -> bool:
        if self.force or not item.target.exists():
            return True
        # Read anew: another build of the course may have written it since this one began.
        recorded = self.record.output(self.root, item.path)
        if recorded is None:
            return False
        if recorded.size is None or recorded.matches(item.target.stat()):
            return True
        return item.target.is_file() and digest_file(item.target) == recorded.digest

    def _remember(self, items: Iterable[_Wanted]) -> None:
        recorded = [item.recorded() for item in items]
        self.record.save(self.root, recorded)
        self._recorded.update({output.path: output for output in recorded})

    def _is_as_left(
        self, path: PurePosixPath, *, key: str | None = None, digest: str | None = None
    ) -> bool:
        recorded = self._recorded.get(path)
        if recorded is None or recorded.size is None:
            return False
        if key not in (None, recorded.key) or digest not in (None, recorded.digest):
            return False
        try:
            return recorded.matches(self._target(path).stat())
        except OSError:
            return False

    def _target(self, path: PurePosixPath) -> Path:
        # Resolving every file would cost more than the rest of a build that does nothing.
        if path.parent not in self._folders:
            self._folders[path.parent] = safe_join(self.root, path.parent)
        return self._folders[path.parent] / path.name


class _Refused(OutputError):
    """Outputs that are somebody's own."""

    def __init__(self, items: Iterable[_Wanted]) -> None:
        self.paths = tuple(item.target for item in items)
        super().__init__(f"{len(self.paths)} output(s) not overwritten")

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        said = "is not as CLM left it, or not from CLM, and was not overwritten"
        hint = "move it away if you want to keep it; --force overwrites it"
        return tuple(Diagnostic(f"{path} {said}", hint=hint) for path in self.paths)
