"""Generated files in the topics' folders: writing them, and reporting superseded files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import define, evolve, field

from clm.backends.backend import Backend
from clm.builder.output.delivery import Delivery, NotOverwrittenError
from clm.builder.output.record import OutputsRecord
from clm.builder.plan import Generated
from clm.builder.report import BuildReport
from clm.database.cache.results import ResultsCache
from clm.errors import ClmError, Diagnostic, Place, Severity
from clm.hints import shortened
from clm.jobs.request import JobRequest, OutputSpec
from clm.jobs.result import StoredResult

_SHOWN = 10  # superseded files that a warning lists


@define(eq=False, repr=False)
class SourceTree:
    """Compares generated files with the author's own files at the same paths.

    With `write` it also writes them there, under the rules for outputs: atomically, only if the
    content differs, never outside of the topic's folder, and over a file that CLM did not write
    only with `force`. `course` is the path of the spec. With `read_only` nothing will be written.
    """

    course: str
    record: OutputsRecord
    cache: ResultsCache
    backend: Backend
    write: bool
    force: bool
    read_only: bool
    _generated: Mapping[str, tuple[Generated, ...]]
    _folders: dict[Path, Delivery] = field(factory=dict, init=False)
    _differing: list[str] = field(factory=list, init=False)

    def is_current(self, request: JobRequest, key: str) -> bool:
        """Whether the files of a job whose result has that key are up to date."""
        if not self.write:
            return True
        return all(
            self._delivery(item).is_current(_request(request, item), key)
            for item in self._of(request)
        )

    def compares(self, request: JobRequest) -> bool:
        """Whether a file of the author is to be compared with the job's result."""
        return not self.write and any(item.superseded for item in self._of(request))

    async def deliver(self, request: JobRequest, result: StoredResult) -> list[Diagnostic]:
        """Writes the job's generated files with `write`; returns warnings and errors."""
        if not self.write:
            self._compare(request, result)
            return []
        notes: list[Diagnostic] = []
        for item in self._of(request):
            try:
                await self._delivery(item).deliver(_request(request, item), result)
            except NotOverwrittenError as error:
                notes += (_not_written(request, path) for path in error.paths)
            except ClmError as error:
                notes += (d.at(Place(request.source)) for d in error.diagnostics)
        return notes

    def superseded(self) -> list[Diagnostic]:
        """One warning for all files that differ from the generated files of the same path."""
        if not self._differing:
            return []
        lines = sorted(self._differing)
        message = f"{len(lines)} file(s) in topics differ from the generated ones and are not used"
        hint = "delete or rename them; the outputs contain the generated ones"
        excerpt = "\n".join(shortened(lines, _SHOWN))
        return [Diagnostic(message, Severity.WARNING, hint=hint, excerpt=excerpt)]

    def _compare(self, request: JobRequest, result: StoredResult) -> None:
        for item in self._of(request):
            own = item.superseded
            if own is not None and own.digest != result.outputs.get(item.output):
                self._differing.append(f"{item.superseded_path}, generated from {request.source}")

    def _of(self, request: JobRequest) -> Iterable[Generated]:
        return self._generated.get(request.id, ())

    def _delivery(self, item: Generated) -> Delivery:
        if item.folder not in self._folders:
            # A separate report, since that of the build only counts the files of the outputs.
            self._folders[item.folder] = Delivery(
                item.folder,
                self.course,
                self.record,
                self.cache,
                self.backend,
                BuildReport(),
                self.force,
                self.read_only,
            )
        return self._folders[item.folder]


def _request(request: JobRequest, item: Generated) -> JobRequest:
    return evolve(request, outputs=(OutputSpec(item.output, (item.path,)),))


def _not_written(request: JobRequest, path: Path) -> Diagnostic:
    return Diagnostic(
        f"{path} was not written by CLM or was modified since, and differs from the generated "
        "file; not overwritten and not used",
        Severity.WARNING,
        place=Place(request.source),
        hint="move it away to keep it, or overwrite it with --force",
    )
