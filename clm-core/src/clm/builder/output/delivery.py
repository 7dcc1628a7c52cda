"""Delivery of results and copies to the output folder; files that are up to date are skipped."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from pathlib import Path

from attrs import define, field, frozen

from clm.backends.backend import Backend, CopyFile, WriteFile
from clm.backends.local_ops import remove_temporaries
from clm.builder.output.contents import content_of, is_shared, key_of_shared, shared_key
from clm.builder.output.file_sets import RecordedFileSets, input_paths, placed, sets_of
from clm.builder.output.leaked_secrets import LeakedSecrets
from clm.builder.output.record import OutputsRecord
from clm.builder.output.recorded import RecordedJob, RecordedOutput
from clm.builder.plan import BuildPlan, Copy
from clm.builder.report import BuildReport
from clm.course.paths.safe_folders import SafeFolders
from clm.database.cache.results import ResultsCache
from clm.errors import Diagnostic, OutputError, Place
from clm.hints import listing
from clm.jobs.file_set import ReadFileSet
from clm.jobs.key import digest_bytes, digest_file
from clm.jobs.request import JobRequest, OutputSpec, SharedFile
from clm.jobs.result import StoredResult


@frozen(repr=False)
class _Wanted:
    """The intended state of an output.

    Its content is `content`, else that of `file`; without these, it is a cached blob.
    """

    path: str
    target: Path
    key: str
    digest: str
    file: Path | None = None
    content: bytes | None = None


@define(eq=False, repr=False, slots=False)
class Delivery:
    """Writes outputs below `root` through the backend.

    A file that is up to date is not touched. A file that CLM did not write, or that was modified
    since, is only overwritten with `force`. `course` is the path of the spec. With `read_only`
    nothing will be written, and temporary files of dead builds are not removed. `chosen` says that
    `--output-dir` chose the folder. `recorded` has the recorded outputs by path, `written` the
    paths of those that this build wrote, `kept` those of files in sets that its outputs need.
    """

    root: Path
    course: str
    record: OutputsRecord
    cache: ResultsCache
    backend: Backend
    report: BuildReport
    force: bool = False
    read_only: bool = False
    chosen: bool = False
    recorded: dict[str, RecordedOutput] = field(init=False)
    written: set[str] = field(factory=set, init=False)
    kept: set[str] = field(factory=set, init=False)
    _folders: SafeFolders = field(init=False)
    _folder_texts: dict[str, str] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._folders = SafeFolders(self.root)
        self.recorded = self.record.outputs(self.root)
        if self.read_only:
            return
        begun = {_parent(path) for path, out in self.recorded.items() if out.size is None}
        for folder in begun:
            remove_temporaries(self.root / folder)

    def again(self, report: BuildReport) -> Delivery:
        """The delivery for the next build in the same session, which has written nothing yet.

        What is recorded is not read again; files are compared with it as before.
        """
        other = copy(self)
        other.report, other.written, other.kept = report, set(), set()
        return other

    def is_current(self, request: JobRequest, key: str) -> bool:
        """Whether all outputs of a job exist unmodified from the result with that key."""
        is_current = all(
            self._matches_record(str(path), key=key)
            for output in request.outputs
            for path in output.destinations
        )
        return is_current and self._has_sets(request, key)

    def _has_sets(self, request: JobRequest, key: str) -> bool:
        if not sets_of(request):
            return True
        files = self._sets.of(request, key)
        if files is None:
            return False
        if not all(self._matches_record(p, digest=digest) for p, (digest, _) in files.items()):
            return False
        self.report.files_unchanged += len(files.keys() - self.kept)
        self.kept.update(files)
        return True

    def files_in_sets(self, request: JobRequest) -> dict[str, tuple[str, bool]]:
        """The files in sets of what was delivered of a job: digest and `public`, by path."""
        paths = (str(path) for output in request.outputs for path in output.destinations)
        known = next((self.recorded[path] for path in paths if path in self.recorded), None)
        return (self._sets.of(request, known.key) or {}) if known else {}

    @cached_property
    def _sets(self) -> RecordedFileSets:
        return RecordedFileSets(self.record)

    def why_not_current(self, paths: Iterable[str], key: str | None) -> list[str]:
        """For each output that is not up to date, a message with the reason."""
        return [f"output {path} {why}" for path in paths if (why := self._why_not(path, key))]

    def _why_not(self, path: str, key: str | None) -> str:
        recorded = self.recorded.get(path)
        target = self.target(path)
        if not target.exists():
            return "is missing" if recorded else "is new"
        if recorded is None:
            return "was not written by CLM"
        if recorded.size is None:
            return "was being written when an earlier build was interrupted"
        if not recorded.matches(target.stat()):
            return "was modified since CLM wrote it"
        return "" if key in (None, recorded.key) else "is out of date"

    def stale(self, copy: Copy | SharedFile) -> list[str]:
        """The destinations of a copied or shared file that are not up to date."""
        if isinstance(copy, SharedFile):
            path, key = str(copy.path), shared_key(copy)
            return [] if self._matches_record(path, key=key) else [path]
        digest = copy.file.digest
        return [path for path in copy.destinations if not self._matches_record(path, digest=digest)]

    async def deliver(self, request: JobRequest, result: StoredResult) -> None:
        """Writes a job's outputs to their destinations.

        Raises:
            OutputError: one of them cannot be written.
            DatabaseError: the results cache cannot be read.
        """
        for output in sets_of(request):  # first, since open pages show new outputs at once
            await self._deliver_set(request, result, output)
        wanted = [
            self._wanted(str(path), result.key, result.outputs[output.name])
            for output in request.outputs
            for path in output.destinations
        ]
        await self._write(wanted)

    async def _deliver_set(
        self, request: JobRequest, result: StoredResult, output: OutputSpec
    ) -> None:
        found = ReadFileSet.of(
            self.cache.read_blob(result.outputs[output.name]), len(output.folders)
        )
        inputs = input_paths(request)
        wanted = {}
        for path, _, file in placed(output, found.files):
            content, source = found.contents.get(file.digest), inputs.get(file.digest)
            if content is None and source is None:
                raise OutputError(f"{file.name} is neither in the result nor an input of its job")
            key, target = key_of_shared(file.digest), self.target(path)
            wanted[path] = _Wanted(path, target, key, file.digest, source, content)
        await self._write(item for path, item in wanted.items() if path not in self.kept)
        self._sets.note(result.key, output.name, found.files)
        self.kept.update(wanted)

    def remember_diagnostics(self, result: StoredResult) -> None:
        """Records the diagnostics of a delivered result, also if the cache should lose it."""
        if self._diagnostics.get(result.key, ()) != result.diagnostics:
            self.record.save_diagnostics(result.key, result.diagnostics)
            self._diagnostics[result.key] = result.diagnostics

    def diagnostics_of(self, key: str, result: StoredResult | None) -> tuple[Diagnostic, ...]:
        """The diagnostics of a result, and those that were found when it was delivered."""
        own = result.diagnostics if result else ()
        return tuple(dict.fromkeys((*own, *self._diagnostics.get(key, ()))))

    @cached_property
    def leaked_secrets(self) -> LeakedSecrets:
        """The search for secrets of the account that builds in what is delivered."""
        return LeakedSecrets(self.cache)

    @cached_property
    def _diagnostics(self) -> dict[str, tuple[Diagnostic, ...]]:
        return self.record.diagnostics()

    def remember_job(self, job: RecordedJob) -> None:
        """Records what a job's outputs were made from."""
        self.record.save_made_from(self.course, [job])

    async def copy(self, copy: Copy | SharedFile) -> None:
        """Writes a file of the course, or one that jobs share; raises as `deliver` does."""
        stale = self.stale(copy)
        if isinstance(copy, SharedFile):
            self.report.files_unchanged += not stale
            if stale:
                await self._share(copy)
            return
        file = copy.file
        self.report.files_unchanged += len(copy.destinations) - len(stale)
        await self._write([self._wanted(p, file.digest, file.digest, file.path) for p in stale])

    async def _share(self, file: SharedFile) -> None:
        path, content = str(file.path), content_of(file)
        target, digest = self.target(path), digest_bytes(content)
        await self._write([_Wanted(path, target, shared_key(file), digest, content=content)])

    def shared_paths(self) -> set[str]:
        """The paths of all files that jobs share or have shared in earlier builds."""
        return {path for path, recorded in self.recorded.items() if is_shared(recorded.key)}

    def _wanted(self, path: str, key: str, digest: str, file: Path | None = None) -> _Wanted:
        return _Wanted(path, self.target(path), key, digest, file)

    def lost(self, plan: BuildPlan) -> Iterator[Diagnostic]:
        """An error if something has removed outputs of the plan while the build ran.

        They are looked for if this build wrote some; else that has just been done.
        """
        paths = sorted(plan.destinations | self.kept) if self.written else ()
        if lost := [path for path in paths if self._is_lost(path)]:
            yield Diagnostic(
                f"{len(lost)} of the outputs were removed while the build ran: {listing(lost, 3)}",
                place=Place(str(self.root)),
                hint="build again, and leave the output folder alone meanwhile",
            )

    def _is_lost(self, path: str) -> bool:
        recorded = self.recorded.get(path)
        if recorded is None or recorded.size is None:
            return False
        return not os.path.lexists(self._target_text(path))

    def exists_unchanged(self, path: str, recorded: RecordedOutput) -> bool | None:
        """Whether the file is unmodified since CLM wrote it; None if it does not exist."""
        target = self.target(path)
        with _as_output_error(target):
            return self._is_unchanged(target, recorded) if target.is_file() else None

    def is_own(self, recorded: RecordedOutput) -> bool:
        """Whether a build of this course, or of one that no longer exists, wrote the output.

        If `--output-dir` chose the folder for one of the two builds only, it is not.
        """
        if recorded.chosen != self.chosen:
            return False
        return recorded.course == self.course or not Path(recorded.course).exists()

    async def _write(self, wanted: Iterable[_Wanted]) -> None:
        items = list(wanted)
        with _as_output_error(self.root):
            # In a cold build nothing is there, and a path object for each question takes longest.
            there = {i.path for i in items if os.path.exists(self._target_text(i.path))}  # noqa: PTH110
            missing = [i for i in items if i.path not in there or not self._adopt(i)]
            refused = [i for i in missing if i.path in there and not self._may_overwrite(i)]
        allowed = [item for item in missing if item not in refused]
        if allowed:
            await self._write_all(allowed)
        if refused:
            raise NotOverwrittenError(refused)

    async def _write_all(self, items: Iterable[_Wanted]) -> None:
        # The intent is recorded first: even if this process dies, the files are known as CLM's.
        items = list(items)
        intents = [self._intent(item) for item in items]
        self.record.save(self.root, intents)
        digest, content = "", b""
        # Sorted by content, so that only one is in memory and each is read once.
        for item in sorted(items, key=lambda item: item.digest):
            if item.file is not None and item.content is None:
                await self.backend.execute_operation(CopyFile(item.file, item.target, item.digest))
                continue
            if item.content is not None:
                await self.backend.execute_operation(WriteFile(item.content, item.target))
                continue
            if item.digest != digest:
                digest, content = item.digest, self.cache.read_blob(item.digest)
            await self.backend.execute_operation(WriteFile(content, item.target))
        self._remember(items)
        self.written.update(item.path for item in items)
        self.report.files_written += len(items)

    def _adopt(self, item: _Wanted) -> bool:
        """Whether the file already has the content; if so, it is recorded as CLM's."""
        recorded = self.recorded.get(item.path)
        if not self._matches_record(item.path, digest=item.digest):
            if not item.target.is_file() or digest_file(item.target) != item.digest:
                return False
            recorded = None
        if recorded is None or recorded.key != item.key:
            self._remember([item])
        self.report.files_unchanged += 1
        return True

    def _may_overwrite(self, item: _Wanted) -> bool:
        if self.force:
            return True
        # Read again: another build of the course may have written it since this one began.
        recorded = self.record.output(self.root, item.path)
        if not item.target.is_file():
            return False
        if recorded is None:
            # The record may have been lost: content that is in the cache is from CLM.
            return self.cache.has_content(digest_file(item.target))
        return recorded.size is None or self._is_unchanged(item.target, recorded)

    def _is_unchanged(self, target: Path, recorded: RecordedOutput) -> bool:
        return recorded.matches(target.stat()) or digest_file(target) == recorded.digest

    def _remember(self, items: Iterable[_Wanted]) -> None:
        with _as_output_error(self.root):
            recorded = [self._as_recorded(item) for item in items]
        self.record.save(self.root, recorded)
        self.recorded.update({output.path: output for output in recorded})

    def _as_recorded(self, item: _Wanted) -> RecordedOutput:
        stat = item.target.stat()
        return self._intent(item)._replace(size=stat.st_size, mtime_ns=stat.st_mtime_ns)

    def _intent(self, item: _Wanted) -> RecordedOutput:
        return RecordedOutput(
            item.path, item.key, item.digest, course=self.course, chosen=self.chosen
        )

    def _matches_record(
        self, path: str, *, key: str | None = None, digest: str | None = None
    ) -> bool:
        recorded = self.recorded.get(path)
        if recorded is None or recorded.size is None:
            return False
        if key not in (None, recorded.key) or digest not in (None, recorded.digest):
            return False
        try:
            # In a no-op build, a path object for each file would take the most time.
            return recorded.matches(os.stat(self._target_text(path)))  # noqa: PTH116
        except OSError:
            return False

    def target(self, path: str) -> Path:
        """The file of an output.

        Raises:
            UnsafePathError: a link leads out of the output folder.
        """
        parent, _, name = path.rpartition("/")
        return self._folders.folder(parent) / name

    def _target_text(self, path: str) -> str:
        parent, _, name = path.rpartition("/")
        if parent not in self._folder_texts:
            self._folder_texts[parent] = f"{self._folders.folder(parent)}{os.sep}"
        return self._folder_texts[parent] + name


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


@contextmanager
def _as_output_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise OutputError(f"{where} cannot be accessed: {error.strerror or error}") from error


class NotOverwrittenError(OutputError):
    """Outputs that CLM did not write, or that were modified since; `paths` are their files."""

    def __init__(self, items: Iterable[_Wanted]) -> None:
        self.paths = tuple(item.target for item in items)
        super().__init__(f"{len(self.paths)} output(s) not overwritten")

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        message = "was not written by CLM or was modified since; not overwritten"
        hint = "move it away to keep it, or overwrite it with --force"
        return tuple(Diagnostic(f"{path} {message}", hint=hint) for path in self.paths)
