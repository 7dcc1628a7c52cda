"""Jobs that are done in any process: it needs the plugin, but no course, database or build."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Self

from attrs import define, field, frozen

from clm.errors import ClmError
from clm.jobs.envelope import environment_names
from clm.jobs.job_type import JobType
from clm.jobs.resolved import ResolvedJob
from clm.jobs.result import StoredResult
from clm.jobs.tools import Tools
from clm.jobs.worker import Progress, Waiting, Worker, no_progress
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import environment_of, fingerprint_of
from clm.workers.converters import new_worker, start_worker
from clm.workers.input_folder import InputFolder
from clm.workers.job_runner import Failure, JobRunner, failure_of
from clm.workers.memos import MemoStore


@frozen(repr=False)
class DoneJob:
    """The end of a job: its result with the bytes of the outputs by name, or a failure."""

    result: StoredResult | Failure
    outputs: Mapping[str, bytes] = field(factory=dict)


class NoMemos:
    """Memos that are not kept."""

    def recall(self, parts: str) -> bytes | None:
        return None

    def remember(self, parts: str, data: bytes) -> bytes:
        return data


@define(eq=False, repr=False)
class JobDoer:
    """Does jobs of one type in this process, one after the other, and keeps the converter.

    `fingerprint` has the versions that are installed here; `provider` names the plugin.
    """

    job_type: JobType
    fingerprint: str
    worker: Worker
    provider: str
    _plugins: PluginRegistry
    _environment: dict[str, str] = field(factory=dict, init=False)
    _is_started: bool = field(default=False, init=False)

    @classmethod
    def load(cls, job_type: str) -> Self:
        """Load the plugin of a job type.

        Raises:
            ClmError: it is not installed, or cannot be loaded.
        """
        plugins = PluginRegistry.load(for_builds=True)
        found = plugins.job_type(job_type)
        plugin, fingerprint = plugins.plugin_of(job_type), fingerprint_of(plugins, job_type)
        return cls(found, fingerprint, new_worker(found, plugin), plugin.label, plugins)

    def tools(self, names: Iterable[str]) -> Tools:
        """The tools here, with these names of the environment, as they were when first asked for.

        Raises:
            ClmError: a function of the job type failed.
        """
        names = list(names)
        missing = [name for name in names if name not in self._environment]
        self._environment |= environment_of(self._plugins, self.job_type.name, missing)
        environment = {name: self._environment[name] for name in names}
        return Tools(self.fingerprint, environment, self.job_type.payload_version)

    def look_again(self) -> None:
        """Forget the environment, which may have changed since the last build."""
        self._environment = {}

    def start(self) -> None:
        """Start the converter, unless it has been started.

        Raises:
            ClmError: it cannot be started.
        """
        if not self._is_started:
            start_worker(self.worker, self.job_type.name, self.provider)
            self._is_started = True

    def do(
        self,
        job: ResolvedJob,
        inputs: Path,
        *,
        is_cancelled: Callable[[], bool] = lambda: False,
        waiting: Waiting = nullcontext,
        progress: Progress = no_progress,
        memos: MemoStore | None = None,
    ) -> DoneJob:
        """Do a job; errors of the job are returned, not raised.

        `inputs` is a folder with its inputs, in files named after their digests. The converter
        works in a new folder below it.
        """
        names = environment_names(job.envelope)
        try:
            own = self.tools(names).fingerprint_for(names)
        except ClmError as error:
            return DoneJob(failure_of(error, job.source))
        if job.fingerprint != own:
            return DoneJob(failure_of(other_versions(job, own), job.source))
        cache = InputFolder(inputs)
        runner = JobRunner(
            self.job_type,
            self.worker,
            cache,
            inputs / "work",
            memos=memos or NoMemos(),
            provider=self.provider,
        )
        try:
            self.start()
            result = runner.run(job, is_cancelled, waiting, progress)
        except ClmError as error:
            result = failure_of(error, job.source)
        return DoneJob(result, {} if isinstance(result, Failure) else cache.outputs)

    def stop(self) -> None:
        """Stop the converter."""
        if self._is_started:
            self._is_started = False
            self.worker.stop()


def other_versions(job: ResolvedJob, fingerprint: str) -> ClmError:
    """The error for a job that needs other versions than those with this fingerprint."""
    return ClmError(
        f"the worker's versions are not those of this build: it has {fingerprint}, "
        f"but the job needs {job.fingerprint}",
        hint="install the same versions on both sides, or build the worker's image again",
    )
