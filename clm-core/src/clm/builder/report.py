"""What a build did, and how those who show it are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from attrs import define, field, frozen

from clm.errors import Diagnostic, Severity
from clm.jobs.work import JobProgress


class Action(StrEnum):
    """What becomes of a job or file.

    `build`: a worker does it; `restore`: its result is known and its outputs are written;
    `skip`: nothing is to be done; `copy` and `remove` are for files.
    """

    BUILD = "build"
    RESTORE = "restore"
    SKIP = "skip"
    COPY = "copy"
    REMOVE = "remove"


@frozen
class Explanation:
    """What is to be done about a source or an output, and why; `job_type` is empty for files."""

    source: str
    action: Action
    reasons: tuple[str, ...]
    job_type: str = ""
    id: str = ""


class Outcome(StrEnum):
    """How a job of a build ended.

    `built`: a worker did it; `cached`: its result was in the results cache and the outputs
    were written from it; `skipped`: all its outputs were up to date and none was touched.
    """

    BUILT = "built"
    CACHED = "cached"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


@frozen
class JobReport:
    """The end of one job.

    `seconds` is the time that a worker spent on it, from `started` on (seconds since the epoch);
    both are 0 where none did. `worker` is the worker's id.
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


@define
class BuildReport:
    """The whole build.

    `problems` are diagnostics that belong to no job (a broken plugin, an output collision);
    `files_written` and `files_unchanged` count the files of the output tree. Where the build
    was explained or is a dry run, `to_do` counts what it was to do. Places are relative to
    `data_dir`, where it is known, but those in the spec.
    """

    jobs: list[JobReport] = field(factory=list)
    problems: list[Diagnostic] = field(factory=list)
    files_written: int = 0
    files_unchanged: int = 0
    files_removed: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    dry_run: bool = False
    to_do: Counter[Action] = field(factory=Counter)
    data_dir: Path | None = None

    def count(self, outcome: Outcome) -> int:
        return sum(job.outcome is outcome for job in self.jobs)

    @property
    def ok(self) -> bool:
        """Whether everything that the course asks for is in the outputs."""
        failed = any(job.outcome in (Outcome.FAILED, Outcome.CANCELLED) for job in self.jobs)
        return not (failed or self.interrupted or self.has_errors)

    @property
    def has_errors(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self.problems)


class BuildListener:
    """Is told of a build's progress, always from the building thread; the base ignores it."""

    def planned(
        self, jobs: Mapping[str, int], files: int, suffixes: Mapping[str, int] | None = None
    ) -> None:
        """`jobs` counts all the build's jobs by type, `files` the files to be copied.

        `suffixes` counts, by suffix, the files of the course that are copied as they are; each
        may go to several places. That of a file without one is `""`.
        """

    def job_started(self, job_type: str, job_id: str, source: str) -> None:
        """A worker has begun (or begun again) with a job."""

    def job_progressed(self, job_id: str, progress: JobProgress) -> None:
        """A job says how far it is. In a build with the backend `inline` from any thread."""

    def job_finished(self, report: JobReport) -> None:
        """A job has ended for good."""

    def explained(self, explanation: Explanation) -> None:
        """What is to be done about a job, file or output, and why; told where it is asked for."""

    def problem(self, diagnostic: Diagnostic) -> None:
        """Something that belongs to no job went wrong."""
