"""What a build is to do: jobs and copies, before anything of it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from attrs import field, frozen

from clm.errors import Diagnostic, Place
from clm.jobs.request import FileInput, JobRequest


@frozen
class Copy:
    """A file that goes to the outputs as it is."""

    file: FileInput
    destinations: tuple[PurePosixPath, ...]


@frozen
class Generated:
    """A file that a job generates for its topic: its output `output`.

    `path` is the file's place in the topic's `folder`. `superseded` is the file that the author
    keeps there, `superseded_path` its path in the course.
    """

    job: str
    output: str
    folder: Path
    path: PurePosixPath
    superseded: FileInput | None = None
    superseded_path: str = ""


@frozen
class FailedSource:
    """A source that could not be planned, by its path in the course, and why."""

    job_type: str
    source: str
    diagnostics: tuple[Diagnostic, ...]

    @classmethod
    def of(cls, job_type: str, source: str, diagnostics: Iterable[Diagnostic]) -> FailedSource:
        """The failure with the source as the place of what has no place of its own."""
        place = Place(source)
        return cls(job_type, source, tuple(d.at(place) for d in diagnostics))


@frozen
class BuildPlan:
    """All that the course asks for.

    `jobs` come in an order in which each follows those that it needs. `failed` are sources
    that could not be planned, `problems` what belongs to no source. Only a `complete` plan
    names every output of the course, so only then an output it lacks is one too many.
    `sources_of` has the course-relative paths of the sources of jobs that have several.
    Where a filter leaves only some outputs, `unfiltered_jobs` has the jobs by id with all of their
    outputs and the destinations that the filter leaves.
    """

    jobs: tuple[JobRequest, ...]
    copies: tuple[Copy, ...]
    failed: tuple[FailedSource, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    complete: bool = True
    generated: tuple[Generated, ...] = ()
    sources_of: Mapping[str, tuple[str, ...]] = field(factory=dict)
    unfiltered_jobs: Mapping[str, JobRequest] = field(factory=dict)

    @property
    def copied_suffixes(self) -> Counter[str]:
        """How many files are copied as they are, by suffix."""
        return Counter(copy.file.path.suffix.lower() for copy in self.copies if copy.destinations)

    @property
    def generated_by_job(self) -> dict[str, tuple[Generated, ...]]:
        """The generated files of topics by the ids of their jobs."""
        by_job: dict[str, tuple[Generated, ...]] = {}
        for item in self.generated:
            by_job[item.job] = (*by_job.get(item.job, ()), item)
        return by_job
