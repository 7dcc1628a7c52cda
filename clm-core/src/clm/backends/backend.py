"""What a backend is: it carries out the operations of a build and tells how its jobs end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from attrs import frozen

from clm.backends.paths import ClmPaths
from clm.errors import Diagnostic
from clm.jobs.request import JobRequest
from clm.jobs.result import StoredResult
from clm.jobs.status import LEASE_SECONDS, JobStatus
from clm.jobs.submitted import SubmittedJob
from clm.jobs.work import JobProgress, Work
from clm.plugins import PluginRegistry


@frozen
class RunJobs:
    """Do these jobs. Each comes after those that it needs, which were submitted before.

    A request may come again when its job has ended or was cancelled.
    """

    jobs: tuple[SubmittedJob, ...]


@frozen
class CancelJobs:
    """Do these jobs no longer, by request id; nothing is told of how they end."""

    ids: tuple[str, ...]


@frozen
class CopyFile:
    """Copy the file, whose bytes have that digest, to `target`."""

    source: Path
    target: Path
    digest: str


@frozen
class WriteFile:
    """Write these bytes to `target`."""

    content: bytes
    target: Path


@frozen
class RemoveFile:
    """Remove the file; folders that this empties, up to `root`, go with it."""

    target: Path
    root: Path


Operation = RunJobs | CancelJobs | CopyFile | WriteFile | RemoveFile


@frozen
class EndedJob:
    """How a job ended: `result` when completed, else `diagnostics` that say why not."""

    request: JobRequest
    status: JobStatus
    result: StoredResult | None
    diagnostics: tuple[Diagnostic, ...]
    work: Work


class JobObserver(ABC):
    """Whoever wants to know how a build's jobs fare; called from the build's thread."""

    @abstractmethod
    def job_started(self, request: JobRequest) -> None:
        """A worker has begun, or begun again, with the job."""

    def job_progressed(  # noqa: B027  # of no interest to most
        self, request: JobRequest, progress: JobProgress
    ) -> None:
        """The job's converter says how far it is."""

    @abstractmethod
    async def job_ended(self, end: EndedJob) -> None:
        """The job has ended for good; said once for each job."""


@frozen
class BackendContext:
    """All that a backend may need of the build.

    `jobs` is the most workers of a job type, `poll_interval` how long anyone sleeps where no nudge
    comes, `stall_limit` the seconds without any movement after which the build is given up,
    `lease_seconds` those after which a job is taken from a worker that does not answer. With
    `keep_workers` workers that have nothing to do stay, since there will be more jobs.
    """

    plugins: PluginRegistry
    paths: ClmPaths
    observer: JobObserver
    jobs: int
    use_cache: bool = True
    poll_interval: float = 2.0
    stall_limit: float = 600.0
    lease_seconds: float = LEASE_SECONDS
    log_level: str = "INFO"
    keep_workers: bool = False


class Backend(ABC):
    """Carries out operations; an asynchronous context manager, which shuts down at its end.

    Jobs may still be running when `execute_operation` returns, all other operations are done.
    """

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.shutdown()

    @abstractmethod
    async def execute_operation(self, operation: Operation) -> None:
        """Carries out the operation.

        Raises:
            OutputError: a file cannot be written.
            DatabaseError: the job cannot be submitted.
        """

    @abstractmethod
    async def wait_for_completion(self) -> None:
        """Returns when every job has ended and its end has been told to the observer.

        Raises:
            BuildStalledError: nothing has moved for the stall limit.
        """

    @abstractmethod
    async def shutdown(self) -> None:
        """Ends what is still running and releases everything. May be called more than once."""
