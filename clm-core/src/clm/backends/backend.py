"""Backend interface: executes the operations of a build and reports how its jobs end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from attrs import field, frozen

from clm.backends.paths import ClmPaths
from clm.errors import Diagnostic, UnknownToolsError
from clm.jobs.request import JobRequest
from clm.jobs.result import StoredResult
from clm.jobs.status import LEASE_SECONDS, JobStatus
from clm.jobs.submitted import SubmittedJob
from clm.jobs.tools import Tools
from clm.jobs.work import JobProgress, Work
from clm.plugins import PluginRegistry


@frozen(repr=False)
class RunJobs:
    """Run these jobs. Each follows the jobs that it needs, here or in an earlier operation.

    A request may be submitted again after its job has ended or was cancelled.
    """

    jobs: tuple[SubmittedJob, ...]


@frozen(repr=False)
class CancelJobs:
    """Cancel these jobs, by request id; their ends are not reported to the observer."""

    ids: tuple[str, ...]


@frozen(repr=False)
class CopyFile:
    """Copy the file `source` to `target`; its bytes must have the digest `digest`."""

    source: Path
    target: Path
    digest: str


@frozen(repr=False)
class WriteFile:
    """Write these bytes to `target`."""

    content: bytes
    target: Path


@frozen(repr=False)
class RemoveFile:
    """Remove the file, and the folders below `root` that become empty."""

    target: Path
    root: Path


Operation = RunJobs | CancelJobs | CopyFile | WriteFile | RemoveFile


@frozen(repr=False)
class EndedJob:
    """How a job ended: `result` if it completed, else `diagnostics` with the reason."""

    request: JobRequest
    status: JobStatus
    result: StoredResult | None
    diagnostics: tuple[Diagnostic, ...]
    work: Work


class JobObserver(ABC):
    """Receives the events of a build's jobs; called from the build's thread."""

    @abstractmethod
    def job_started(self, request: JobRequest) -> None:
        """A worker has started the job, or started it again."""

    def job_progressed(  # noqa: B027  # optional: most observers ignore it
        self, request: JobRequest, progress: JobProgress
    ) -> None:
        """The job's converter has reported progress."""

    @abstractmethod
    async def job_ended(self, end: EndedJob) -> None:
        """The job has ended for good; called once for each job."""


def _no_settings(plugin: str) -> Any:
    return None


@frozen(repr=False)
class BackendContext:
    """The build's data and settings for a backend.

    `jobs` is the maximum number of workers of a job type. `poll_interval` is the longest sleep in
    seconds without a wakeup. After `stall_limit` seconds without progress the build is stopped;
    after `lease_seconds` a job is taken from a worker that does not renew its lease. With
    `keep_workers` idle workers are kept, since more jobs will follow. `executors` returns the
    executors by job type, see `ChosenExecutors`; `settings` returns the settings of a plugin.
    `options` are the values of the backend's own options that were given.
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
    executors: Callable[[], Mapping[str, str]] = dict
    settings: Callable[[str], Any] = _no_settings
    options: Mapping[str, str] = field(factory=dict)


@frozen(repr=False)
class DeadJob:
    """A job without attempts left that a backend keeps; `id` is its name there.

    `died_at` is in seconds since the epoch.
    """

    id: str
    job_type: str
    source: str
    build_id: str
    correlation_id: str
    attempts: int
    error: str
    died_at: float


@frozen(repr=False)
class WorkersContext:
    """What `clm workers start` gives to a backend.

    `jobs` is the maximum number of workers of a job type, `job_types` are those to serve (all, if
    it is empty). At least `minimum` workers of each type are kept when idle, the others for
    `idle_seconds`. `options` are the values of the backend's own options that were given.
    """

    plugins: PluginRegistry
    jobs: int
    job_types: tuple[str, ...] = ()
    minimum: int = 1
    idle_seconds: float = 60.0
    options: Mapping[str, str] = field(factory=dict)


class Backend(ABC):
    """Executes operations; an asynchronous context manager that shuts down on exit.

    When `execute_operation` returns, jobs may still be running; all other operations are complete.
    A backend with `starts_event_loop` awaits `event_loop()` before it uses anything of `asyncio`,
    so that a build in which nothing has changed needs no event loop; for the others it runs from
    the start.
    """

    starts_event_loop: ClassVar[bool] = False

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
        """Executes the operation.

        Raises:
            OutputError: a file cannot be written.
            DatabaseError: the job cannot be submitted.
        """

    async def tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        """The tools where jobs of this type will run, with these names of the environment.

        None if that is this process's machine and environment. Called before jobs are submitted,
        since their keys are made of it; may be called several times, and concurrently.

        Raises:
            ClmError: it cannot be found out; the jobs fail with this error.
        """
        return None

    def known_tools(self, job_type: str, names: Sequence[str]) -> Tools | None:
        """What `tools` would return as far as that is known without connecting to anything.

        A build that finds all results by them has no job to run, and asks nobody. Also called in
        dry runs, on a backend that is never opened.

        Raises:
            UnknownToolsError: it must be asked for.
            ClmError: it cannot be found out; the jobs fail with this error.
        """
        if type(self).tools is Backend.tools:
            return None
        raise UnknownToolsError(job_type)

    @abstractmethod
    async def wait_for_completion(self) -> None:
        """Waits until every job has ended and its end has been reported to the observer.

        Raises:
            BuildStalledError: there was no progress within the stall limit.
        """

    @abstractmethod
    async def shutdown(self) -> None:
        """Stops what is still running and releases all resources. May be called repeatedly."""
