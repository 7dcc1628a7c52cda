"""Plan of a build: its jobs and copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from attrs import field, frozen

from clm.errors import Diagnostic, Place, Severity
from clm.jobs.planning import Variant
from clm.jobs.request import FileInput, JobRequest, SharedFile

# For each topic, the id of its section and the variants of its files.
TopicVariants = tuple[str, tuple[Variant, ...]]


@frozen(repr=False)
class Copy:
    """A file that is copied to the outputs unchanged.

    `destinations` are paths relative to the output folder with `/` between their parts; texts,
    since a large course has tens of thousands of them.
    """

    file: FileInput
    destinations: tuple[str, ...]


@frozen(repr=False)
class Generated:
    """A file that a job generates for its topic, from its output `output`.

    `path` is relative to the topic's `folder`. `superseded` is the author's own file at that path,
    if there is one, and `superseded_path` its path in the course.
    """

    job: str
    output: str
    folder: Path
    path: PurePosixPath
    superseded: FileInput | None = None
    superseded_path: str = ""


@frozen(repr=False)
class Origin:
    """Where the content of an output comes from: the output of a job, or else a copied `file`.

    `source` is its path for messages.
    """

    source: str
    job: str = ""
    output: str = ""
    file: FileInput | None = None


@frozen(repr=False)
class Contested:
    """Destinations that `owner` writes and `other` would write too.

    They are one output if both contents are equal, which only the results of jobs tell.
    """

    destinations: tuple[PurePosixPath, ...]
    owner: Origin
    other: Origin

    @property
    def jobs(self) -> frozenset[str]:
        """The ids of the jobs whose results are needed."""
        return frozenset(origin.job for origin in (self.owner, self.other) if origin.job)

    @property
    def fault(self) -> Diagnostic:
        """The error if the contents differ."""
        return self._note(Severity.ERROR, "is already written from {}, with other content")

    @property
    def doubt(self) -> Diagnostic:
        """The warning as long as the contents are unknown."""
        message = "is also written from {}; a build fails if their contents differ"
        return self._note(Severity.WARNING, message)

    def _note(self, severity: Severity, message: str) -> Diagnostic:
        more = len(self.destinations) - 1
        others = f" (and {more} more)" if more else ""
        return Diagnostic(
            f"its output {self.destinations[0]}{others} {message.format(self.owner.source)}",
            severity,
            Place(self.other.source),
            hint="rename one of the two, or make them equal",
        )


@frozen(repr=False)
class FailedSource:
    """A source, by its path in the course, that could not be planned, and the reasons."""

    job_type: str
    source: str
    diagnostics: tuple[Diagnostic, ...]

    @classmethod
    def of(cls, job_type: str, source: str, diagnostics: Iterable[Diagnostic]) -> FailedSource:
        """The failure; diagnostics without a place get the source as their place."""
        place = Place(source)
        return cls(job_type, source, tuple(d.at(place) for d in diagnostics))


@frozen(repr=False)
class BuildPlan:
    """The jobs and copies of a build.

    Each of the `jobs` follows those that it needs. `failed` are the sources that could not be
    planned, `problems` the diagnostics that belong to no source. Only a `complete` plan has every
    output of the course, so only then other outputs of earlier builds are removed. `sources_of`
    has, for jobs with several sources, the paths of these in the course. If a filter selects only
    some outputs of sources, `unfiltered_jobs` has the jobs by id with all of their outputs, but
    with the destinations that the filter selects. `contested` are destinations of two sources.
    `variants` has, for each topic, the id of its section and the variants of its files. `shared`
    are the files that jobs share, each path once.
    """

    jobs: tuple[JobRequest, ...]
    copies: tuple[Copy, ...]
    failed: tuple[FailedSource, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    complete: bool = True
    generated: tuple[Generated, ...] = ()
    sources_of: Mapping[str, tuple[str, ...]] = field(factory=dict)
    unfiltered_jobs: Mapping[str, JobRequest] = field(factory=dict)
    contested: tuple[Contested, ...] = ()
    variants: tuple[TopicVariants, ...] = ()
    shared: tuple[SharedFile, ...] = ()

    @property
    def destinations(self) -> set[str]:
        """The paths of all outputs."""
        jobs = (path for job in self.jobs for out in job.outputs for path in out.destinations)
        copied = (path for copy in self.copies for path in copy.destinations)
        return {*map(str, jobs), *copied, *(str(file.path) for file in self.shared)}

    @property
    def copied_suffixes(self) -> Counter[str]:
        """The number of files that are copied unchanged, by suffix."""
        return Counter(copy.file.path.suffix.lower() for copy in self.copies if copy.destinations)

    @property
    def needed_results(self) -> frozenset[str]:
        """The ids of the jobs whose results others need, or must be compared."""
        producers = (producer for job in self.jobs for producer in job.producers)
        contested = (job for item in self.contested for job in item.jobs)
        return frozenset((*producers, *contested))

    @property
    def generated_by_job(self) -> dict[str, tuple[Generated, ...]]:
        """The generated files of topics by the ids of their jobs."""
        by_job: dict[str, tuple[Generated, ...]] = {}
        for item in self.generated:
            by_job[item.job] = (*by_job.get(item.job, ()), item)
        return by_job
