"""Putting results and copies into the output folder, and nothing that is there already."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from attrs import define, field, frozen

from clm.backends.backend import Backend, CopyFile, RemoveFile, WriteFile
from clm.backends.local_ops import remove_temporaries
from clm.builder.output.record import OutputsRecord, RecordedJob, RecordedOutput
from clm.builder.report import BuildReport
from clm.course.output_tree import safe_join
from clm.database.cache.results import ResultsCache
from clm.errors import Diagnostic, OutputError, Severity
from clm.hints import listing
from clm.jobs.key import digest_file
from clm.jobs.request import FileInput, JobRequest
from clm.jobs.result import StoredResult

_NAMED = 5  # of the outputs that a warning is about


@frozen
class _Wanted:
    """An output as it should be, and the operation's content: bytes by digest, or a file."""

    path: str
    target: Path
    key: str
    digest: str
    file: Path | None = None


@define(eq=False, repr=False)
class Delivery:
    """Writes outputs below `root` through the backend.

    A file that is as it should be is not touched. A file that CLM has not written, or that has
    been changed since, is only overwritten with `force`. `course` is the path of the spec.
    With `only_looks` nothing is going to be written, and leftovers are not swept up.
    """

    root: Path
    course: str
    record: OutputsRecord
    cache: ResultsCache
    backend: Backend
    report: BuildReport
    force: bool = False
    only_looks: bool = False
    _recorded: dict[str, RecordedOutput] = field(init=False)
    _kept: list[str] = field(factory=list, init=False)
    _folders: dict[str, Path] = field(factory=dict, init=False)
    _folder_texts: dict[str, str] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._recorded = self.record.outputs(self.root)
        if self.only_looks:
            return
        begun = {_parent(path) for path, out in self._recorded.items() if out.size is None}
        for folder in begun:
            remove_temporaries(self.root / folder)

    def is_current(self, request: JobRequest, key: str) -> bool:
        """Whether all outputs of a job are there, from the result of that key, unchanged."""
        return all(
            self._is_as_left(str(path), key=key)
            for output in request.outputs
            for path in output.destinations
        )

    def why_not_current(self, paths: Iterable[PurePosixPath], key: str | None) -> list[str]:
        """What is wrong with outputs that are not there as they were left, for a person."""
        return [f"output {path} {why}" for path in paths if (why := self._why_not(str(path), key))]

    def _why_not(self, path: str, key: str | None) -> str:
        recorded = self._recorded.get(path)
        target = self._target(path)
        if not target.exists():
            return "is missing" if recorded else "is new"
        if recorded is None:
            return "is not known to be from CLM"
        if recorded.size is None:
            return "was being written when an earlier build ended"
        if not recorded.matches(target.stat()):
            return "was changed by somebody else"
        return "" if key in (None, recorded.key) else "has an earlier content"

    def stale(self, file: FileInput, places: Iterable[PurePosixPath]) -> list[PurePosixPath]:
        """The places of a copied file that do not have it."""
        return [place for place in places if not self._is_as_left(str(place), digest=file.digest)]

    async def deliver(self, request: JobRequest, result: StoredResult) -> None:
        """Brings a job's outputs to their places.

        Raises:
            OutputError: one of them cannot be written.
            DatabaseError: the results cache cannot give them.
        """
        wanted = [
            self._wanted(path, result.key, result.outputs[output.name])
            for output in request.outputs
            for path in output.destinations
        ]
        await self._write(wanted)

    def remember_job(self, job: RecordedJob) -> None:
        """Records what a job's outputs were made from."""
        self.record.save_made_from(self.course, [job])

    async def copy(self, file: FileInput, destinations: Iterable[PurePosixPath]) -> None:
        """Brings a file of the course to its places; raises as `deliver` does."""
        stale = self.stale(file, destinations)
        self.report.files_unchanged += len(tuple(destinations)) - len(stale)
        await self._write([self._wanted(p, file.digest, file.digest, file.path) for p in stale])

    def _wanted(
        self, path: PurePosixPath, key: str, digest: str, file: Path | None = None
    ) -> _Wanted:
        return _Wanted(str(path), self._target(str(path)), key, digest, file)

    async def remove_others(self, wanted: set[str]) -> None:
        """Removes what CLM wrote earlier and the course no longer asks for, where unchanged.

        Raises:
            OutputError: one of them cannot be removed.
        """
        for path, recorded in self._not_wanted(wanted):
            unchanged = self._is_there_unchanged(path, recorded)
            if unchanged:
                await self.backend.execute_operation(RemoveFile(self._target(path), self.root))
                self.report.files_removed += 1
            elif unchanged is False:
                self._kept.append(path)
            self.record.forget(self.root, [path])

    def others(self, wanted: set[str]) -> list[tuple[str, RecordedOutput]]:
        """What CLM wrote earlier for this course, that is not wanted and nobody has changed."""
        return [item for item in self._not_wanted(wanted) if self._is_there_unchanged(*item)]

    def kept(self) -> tuple[Diagnostic, ...]:
        """What to say of outputs that were not removed since somebody has changed them."""
        if not self._kept:
            return ()
        names = listing(self._kept, _NAMED)
        said = f"{len(self._kept)} output(s) that the course no longer asks for"
        return (
            Diagnostic(
                f"{said} are not as CLM left them and are kept in {self.root}: {names}",
                Severity.WARNING,
                hint="remove what you do not need; CLM does not know them any more",
            ),
        )

    def _not_wanted(self, wanted: set[str]) -> list[tuple[str, RecordedOutput]]:
        return [
            (path, recorded)
            for path, recorded in self._recorded.items()
            if path not in wanted and self._is_of_this_course(recorded)
        ]

    def _is_there_unchanged(self, path: str, recorded: RecordedOutput) -> bool | None:
        """Whether the file is as CLM left it; None where there is none."""
        target = self._target(path)
        with _as_output_error(target):
            return self._is_unchanged(target, recorded) if target.is_file() else None

    def _is_of_this_course(self, recorded: RecordedOutput) -> bool:
        return recorded.course == self.course or not Path(recorded.course).exists()

    async def _write(self, wanted: Iterable[_Wanted]) -> None:
        with _as_output_error(self.root):
            missing = [item for item in wanted if not self._adopt(item)]
            refused = [item for item in missing if not self._may_overwrite(item)]
        ours = [item for item in missing if item not in refused]
        if ours:
            await self._write_all(ours)
        if refused:
            raise NotOverwrittenError(refused)

    async def _write_all(self, items: Iterable[_Wanted]) -> None:
        # The intent is recorded first: whenever this process dies, the files are known as ours.
        items = list(items)
        intents = [RecordedOutput(i.path, i.key, i.digest, course=self.course) for i in items]
        self.record.save(self.root, intents)
        digest, content = "", b""
        # Equal files one after the other, so that only one content is held and each read once.
        for item in sorted(items, key=lambda item: item.digest):
            if item.file is not None:
                await self.backend.execute_operation(CopyFile(item.file, item.target, item.digest))
                continue
            if item.digest != digest:
                digest, content = item.digest, self.cache.read_blob(item.digest)
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
        if not item.target.is_file():
            return False
        if recorded is None:
            # Where the record was lost: what the cache holds is from CLM, and nothing is lost.
            return self.cache.has_content(digest_file(item.target))
        return recorded.size is None or self._is_unchanged(item.target, recorded)

    def _is_unchanged(self, target: Path, recorded: RecordedOutput) -> bool:
        return recorded.matches(target.stat()) or digest_file(target) == recorded.digest

    def _remember(self, items: Iterable[_Wanted]) -> None:
        with _as_output_error(self.root):
            recorded = [self._as_recorded(item) for item in items]
        self.record.save(self.root, recorded)
        self._recorded.update({output.path: output for output in recorded})

    def _as_recorded(self, item: _Wanted) -> RecordedOutput:
        stat = item.target.stat()
        return RecordedOutput(
            item.path, item.key, item.digest, stat.st_size, stat.st_mtime_ns, self.course
        )

    def _is_as_left(self, path: str, *, key: str | None = None, digest: str | None = None) -> bool:
        recorded = self._recorded.get(path)
        if recorded is None or recorded.size is None:
            return False
        if key not in (None, recorded.key) or digest not in (None, recorded.digest):
            return False
        try:
            # A path object for each file would take longest in a build that does nothing.
            return recorded.matches(os.stat(self._target_text(path)))  # noqa: PTH116
        except OSError:
            return False

    def _target(self, path: str) -> Path:
        return self._folder(_parent(path)) / path.rpartition("/")[2]

    def _target_text(self, path: str) -> str:
        parent, _, name = path.rpartition("/")
        if parent not in self._folder_texts:
            self._folder_texts[parent] = f"{self._folder(parent)}{os.sep}"
        return self._folder_texts[parent] + name

    def _folder(self, parent: str) -> Path:
        # Resolving every file would cost more than the rest of a build that does nothing.
        if parent not in self._folders:
            self._folders[parent] = safe_join(self.root, PurePosixPath(parent))
        return self._folders[parent]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


@contextmanager
def _as_output_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise OutputError(f"{where} cannot be looked at: {error.strerror or error}") from error


class NotOverwrittenError(OutputError):
    """Outputs that are somebody's own."""

    def __init__(self, items: Iterable[_Wanted]) -> None:
        self.paths = tuple(item.target for item in items)
        super().__init__(f"{len(self.paths)} output(s) not overwritten")

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        said = "is not as CLM left it, or not from CLM, and was not overwritten"
        hint = "move it away if you want to keep it; --force overwrites it"
        return tuple(Diagnostic(f"{path} {said}", hint=hint) for path in self.paths)
