"""Build report, and the listener for a build's progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field, frozen

from clm.errors import Diagnostic, Severity
from clm.jobs.work import JobProgress

if TYPE_CHECKING:
    from clm.builds import BuildOutput


class Action(StrEnum):
    """What a build does about a job or file.

    `build`: a worker runs the job; `restore`: its outputs are written from its cached result;
    `skip`: its outputs are up to date; `copy` and `remove` are for files.
    """

    BUILD = "build"
    RESTORE = "restore"
    SKIP = "skip"
    COPY = "copy"
    REMOVE = "remove"


@frozen(repr=False)
class Explanation:
    """The action for a source or an output, and the reasons; `job_type` is empty for files."""

    source: str
    action: Action
    reasons: tuple[str, ...]
    job_type: str = ""
    id: str = ""


class Outcome(StrEnum):
    """How a job of a build ended.

    `built`: a worker ran it; `cached`: its result was in the results cache and the outputs
    were written from it; `skipped`: all its outputs were up to date and none was written.
    """

    BUILT = "built"
    CACHED = "cached"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


@frozen(repr=False)
class JobReport:
    """The outcome of one job.

    `seconds` is the time that a worker spent on it, from `started` on (seconds since the epoch);
    both are 0 if no worker ran it. `worker` is the worker's id.
    """

    id: str
    job_type: str
    source: str
    outcome: Outcome
    diagnostics: tuple[Diagnostic, ...] = ()
    seconds: float = 0.0
    correlation_id: str = ""
    started: float = 0.0
    worker: str = ""


@frozen(repr=False)
class OutputPlace:
    """The folder of an output target, or with an empty `target` of the default tree."""

    target: str
    folder: str


@define(repr=False)
class BuildReport:
    """The outcome of a build.

    `problems` are diagnostics that belong to no job (a broken plugin, an output collision);
    `files_written` and `files_unchanged` count the files of the output tree. In a build
    that is explained, and in a dry run, `to_do` counts the planned actions. `outputs` are the
    folders of the outputs, `earlier_failures` those of jobs that this build did not run. Places
    are relative to `data_dir` if it is known, except for those in the spec. `delivered` collects
    all outputs that are up to date, `written` those that this build wrote. `state` is a digest of
    what the former depend on, or empty. If `follows` is not empty, all outputs that this build did
    not write are those of the build with that state.
    """

    jobs: list[JobReport] = field(factory=list)
    problems: list[Diagnostic] = field(factory=list)
    files_written: int = 0
    files_unchanged: int = 0
    files_removed: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    dry_run: bool = False
    strict: bool = False
    outputs: tuple[OutputPlace, ...] = ()
    earlier_failures: tuple[JobReport, ...] = ()
    to_do: Counter[Action] = field(factory=Counter)
    data_dir: Path | None = None
    delivered: Callable[[], tuple[BuildOutput, ...]] = tuple
    written: Callable[[], tuple[BuildOutput, ...]] = tuple
    state: Callable[[], str] = str
    follows: str = ""

    def count(self, outcome: Outcome) -> int:
        return sum(job.outcome is outcome for job in self.jobs)

    @property
    def ok(self) -> bool:
        """Whether all outputs of the course are up to date; if `strict`, also without warnings."""
        return self.is_complete and not (self.strict and self.warnings)

    @property
    def is_complete(self) -> bool:
        """Whether no output of the course is missing or out of date."""
        failed = any(job.outcome in (Outcome.FAILED, Outcome.CANCELLED) for job in self.jobs)
        return not (failed or self.interrupted or self.has_errors)

    @property
    def changed_nothing(self) -> bool:
        """Whether all outputs already were up to date, and there were no others."""
        skipped = all(job.outcome is Outcome.SKIPPED for job in self.jobs)
        return skipped and not (self.files_written or self.files_removed)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """The warnings of the build and its jobs; a warning of several jobs is there once."""
        of_jobs = (diagnostic for job in self.jobs for diagnostic in job.diagnostics)
        found = (d for d in (*self.problems, *of_jobs) if d.severity is Severity.WARNING)
        return tuple({(d.message, d.place): d for d in found}.values())

    @property
    def has_errors(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)


class BuildListener:
    """Receives the progress of a build, in the building thread; the base class ignores it."""

    def planned(
        self, jobs: Mapping[str, int], files: int, suffixes: Mapping[str, int] | None = None
    ) -> None:
        """`jobs` counts all the build's jobs by type, `files` the copies to be made.

        `suffixes` counts, by suffix, the files of the course that are copied unchanged, each to
        one or more places. The suffix of a file without one is `""`.
        """

    def job_started(self, job_type: str, job_id: str, source: str) -> None:
        """A worker has started a job, or started it again."""

    def job_progressed(self, job_id: str, progress: JobProgress) -> None:
        """A job has reported progress. With the backend `inline`, called from any thread."""

    def job_finished(self, report: JobReport) -> None:
        """A job has ended; called once for each job."""

    def outputs_written(self, paths: Collection[str]) -> None:
        """Outputs of a watched course were written that can be shown before the build ends.

        The `paths` are relative to the output folder.
        """

    def explained(self, explanation: Explanation) -> None:
        """The action for a job, file or output; only called if explanations were requested."""

    def problem(self, diagnostic: Diagnostic) -> None:
        """A diagnostic that belongs to no job."""
