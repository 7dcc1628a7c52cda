"""Generated files of a topic that its decks use, but that are planned too late for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import quote

from attrs import frozen

from clm.builder.planning.topics.held_back import text_of
from clm.course.course import CourseFile
from clm.errors import Diagnostic, Place, Severity
from clm.jobs.job_type import JobType


@frozen(eq=False, repr=False)
class MadeFile:
    """A file that a job of this type, and of this source, makes for its topic."""

    job_type: JobType
    source: CourseFile
    path: PurePosixPath


def late_files(
    made: Iterable[MadeFile],
    sources: Sequence[tuple[JobType, CourseFile, int]],
    labels: Mapping[str, str],
) -> Iterator[Diagnostic]:
    """A warning for each file that a source of an earlier or the same stage names.

    `labels` are those of the plugins by job type. A source delivered by its own job is no such
    file: it is there from the beginning.
    """
    texts: dict[PurePosixPath, str] = {}
    for file in made:
        own = file.job_type
        if file.path == file.source.topic_path:
            continue
        for other, source, _ in sources:
            if other is own or other.stage > own.stage or not other.numbered:
                continue
            if source.topic_path not in texts:
                texts[source.topic_path] = text_of(source)
            forms = {str(file.path), quote(str(file.path))}
            if any(form in texts[source.topic_path] for form in forms):
                yield Diagnostic(
                    f"{labels[own.name]}: {file.path}, which its job type {own.name!r} makes of "
                    f"{file.source.topic_path}, is planned too late to be used here: "
                    f"stage={own.stage}, but {other.name!r} has stage={other.stage}",
                    Severity.WARNING,
                    Place(source.course_path),
                    hint=f"its authors must set stage={other.stage - 1} in the JobType",
                    excerpt=str(file.path),
                )
