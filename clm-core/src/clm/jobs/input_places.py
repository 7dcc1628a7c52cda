"""Places in the inputs of a job: a converter knows an input by its name only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from attrs import evolve

from clm.errors import Diagnostic, Place
from clm.jobs.request import FileInput, JobRequest


def placed(
    request: JobRequest, diagnostics: Iterable[Diagnostic], data_dir: Path | None
) -> tuple[Diagnostic, ...]:
    """The diagnostics of a job, each with a place by its path in the course.

    The file of a place may be the name of an input. Without a place, it is the job's source.
    """
    return tuple(_placed(request, diagnostic, data_dir) for diagnostic in diagnostics)


def _placed(request: JobRequest, diagnostic: Diagnostic, data_dir: Path | None) -> Diagnostic:
    place = diagnostic.place
    if place is None:
        return diagnostic.at(Place(request.source))
    if place.file == request.source:
        return diagnostic
    files = (item for item in request.inputs if isinstance(item, FileInput))
    path = next((item.path for item in files if item.name == place.file), None)
    if path is None:
        return diagnostic
    inside = data_dir is not None and path.is_relative_to(data_dir)
    file = path.relative_to(data_dir).as_posix() if inside and data_dir else str(path)
    return evolve(diagnostic, place=evolve(place, file=file))
