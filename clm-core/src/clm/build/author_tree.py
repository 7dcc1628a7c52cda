"""Generated files and the author's own folders: what is superseded there, and writing there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import define, evolve, field

from clm.backends.backend import Backend
from clm.build.delivery import Delivery, NotOverwrittenError
from clm.build.outputs_record import OutputsRecord
from clm.build.plan import Generated
from clm.build.report import BuildReport
from clm.database.cache import DatabaseManager
from clm.errors import ClmError, Diagnostic, Place, Severity
from clm.jobs.request import JobRequest, OutputSpec
from clm.jobs.result import StoredResult


@define
class AuthorTree:
    """Compares generated files with those that the author keeps in their places.

    With `write` it puts them there, too, under the rules for outputs: atomically, only where
    the content differs, never outside the topic's folder, and over a file that CLM has not
    written only with `force`. `course` is the path of the spec.
    """

    course: str
    record: OutputsRecord
    cache: DatabaseManager
    backend: Backend
    write: bool
    force: bool
    _generated: Mapping[str, tuple[Generated, ...]]
    _folders: dict[Path, Delivery] = field(factory=dict, init=False)

    def is_current(self, request: JobRequest, key: str) -> bool:
        """Whether nothing is to be written for a job whose result has that key."""
        if not self.write:
            return True
        return all(
            self._delivery(item).is_current(_request(request, item), key)
            for item in self._of(request)
        )

    async def deliver(self, request: JobRequest, result: StoredResult) -> list[Diagnostic]:
        """Writes what is to be written; gives what the author should know."""
        if not self.write:
            return [n for item in self._of(request) for n in _superseded(request, item, result)]
        notes: list[Diagnostic] = []
        for item in self._of(request):
            try:
                await self._delivery(item).deliver(_request(request, item), result)
            except NotOverwrittenError as error:
                notes += (_not_written(request, path) for path in error.paths)
            except ClmError as error:
                place = Place(request.source)
                notes += (d if d.place else evolve(d, place=place) for d in error.diagnostics)
        return notes

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
            )
        return self._folders[item.folder]


def _request(request: JobRequest, item: Generated) -> JobRequest:
    return evolve(request, outputs=(OutputSpec(item.output, (item.path,)),))


def _superseded(request: JobRequest, item: Generated, result: StoredResult) -> Iterable[Diagnostic]:
    own = item.superseded
    if own is not None and own.digest != result.outputs.get(item.output):
        yield Diagnostic(
            f"this file is not used, and differs from the one that {request.source} gives",
            Severity.WARNING,
            place=Place(item.superseded_path),
            hint="delete it, or keep it under another name; the generated one goes to the outputs",
        )


def _not_written(request: JobRequest, path: Path) -> Diagnostic:
    return Diagnostic(
        f"{path} is not as CLM left it, or not from CLM, and differs from what this file gives; "
        "it was not overwritten and is not used",
        Severity.WARNING,
        place=Place(request.source),
        hint="move it away if you want to keep it; --force overwrites it",
    )
