"""Generated files and the author's own folders: what is superseded there, and writing there."""

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

_SHOWN = 10  # superseded files


@define(eq=False, repr=False)
class SourceTree:
    """Compares generated files with those that the author keeps in their places.

    With `write` it puts them there, too, under the rules for outputs: atomically, only where
    the content differs, never outside the topic's folder, and over a file that CLM has not
    written only with `force`. `course` is the path of the spec. With `only_looks` nothing is
    going to be written.
    """

    course: str
    record: OutputsRecord
    cache: ResultsCache
    backend: Backend
    write: bool
    force: bool
    only_looks: bool
    _generated: Mapping[str, tuple[Generated, ...]]
    _folders: dict[Path, Delivery] = field(factory=dict, init=False)
    _differing: list[str] = field(factory=list, init=False)

    def is_current(self, request: JobRequest, key: str) -> bool:
        """Whether nothing is to be written for a job whose result has that key."""
        if not self.write:
            return True
        return all(
            self._delivery(item).is_current(_request(request, item), key)
            for item in self._of(request)
        )

    async def deliver(self, request: JobRequest, result: StoredResult) -> list[Diagnostic]:
        """Writes what is to be written; gives what the author should know of that."""
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
        """One note of all files that differ from what was generated in their place."""
        if not self._differing:
            return []
        lines = sorted(self._differing)
        said = f"{len(lines)} file(s) in topics are not used and differ from the generated ones"
        hint = "delete them, or keep them under other names; the generated ones go to the outputs"
        excerpt = "\n".join(shortened(lines, _SHOWN))
        return [Diagnostic(said, Severity.WARNING, hint=hint, excerpt=excerpt)]

    def _compare(self, request: JobRequest, result: StoredResult) -> None:
        for item in self._of(request):
            own = item.superseded
            if own is not None and own.digest != result.outputs.get(item.output):
                self._differing.append(f"{item.superseded_path}, generated from {request.source}")

    def _of(self, request: JobRequest) -> Iterable[Generated]:
        return self._generated.get(request.id, ())

    def _delivery(self, item: Generated) -> Delivery:
        if item.folder not in self._folders:
            # A report of its own: that of the build counts the files of the outputs.
            self._folders[item.folder] = Delivery(
                item.folder,
                self.course,
                self.record,
                self.cache,
                self.backend,
                BuildReport(),
                self.force,
                self.only_looks,
            )
        return self._folders[item.folder]


def _request(request: JobRequest, item: Generated) -> JobRequest:
    return evolve(request, outputs=(OutputSpec(item.output, (item.path,)),))


def _not_written(request: JobRequest, path: Path) -> Diagnostic:
    return Diagnostic(
        f"{path} is not as CLM left it, or not from CLM, and differs from what this file gives; "
        "it was not overwritten and is not used",
        Severity.WARNING,
        place=Place(request.source),
        hint="move it away if you want to keep it; --force overwrites it",
    )
