"""In-process runs of a sample's jobs: planned as in a build, without queue and output files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import count
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen

from clm.builder import BuildOptions
from clm.builder.digests import FileDigests
from clm.builder.plan import BuildPlan
from clm.builder.planning.planner import plan_build
from clm.builder.sessions.session import load_course
from clm.database.cache.results import ResultsCache
from clm.errors import ClmError, Diagnostic, Severity
from clm.jobs.input_places import placed
from clm.jobs.queued_inputs import QueuedInput
from clm.jobs.request import JobRequest
from clm.jobs.resolved import ResolvedInput, ResolvedJob
from clm.jobs.result import Result, StoredResult
from clm.jobs.worker import Job, Worker
from clm.plugins import PluginRegistry
from clm.testing.course_project import CourseProject
from clm.testing.queued import submitted
from clm.testing.samples import BadSample, Sample
from clm.workers.import_string import load
from clm.workers.job_runner import JobRunner

_PLUGIN_FAULT = "this is a fault of the plugin"


@frozen
class Conversion:
    """The outcome of one job.

    `outputs` maps the names of the request's outputs to their bytes; it is empty if the job failed.
    `error` is the exception that the converter raised, if any. `request` is None if the planning
    failed.
    """

    source: str
    request: JobRequest | None
    outputs: Mapping[str, bytes]
    diagnostics: tuple[Diagnostic, ...]
    error: Exception | None = None

    @property
    def ok(self) -> bool:
        """Whether the job completed with a result."""
        return not any(d.severity is Severity.ERROR for d in self.diagnostics)

    @property
    def is_authors_mistake(self) -> bool:
        """Whether the job failed with a `ClmError` and not with an unexpected exception.

        An input that is not UTF-8 is a mistake, too.
        """
        unexpected = any(_PLUGIN_FAULT in (d.hint or "") for d in self.diagnostics)
        typed = self.error is None or isinstance(self.error, (ClmError, UnicodeDecodeError))
        return not self.ok and typed and not unexpected

    def said(self) -> str:
        """Return all diagnostics, one per line."""
        return "\n".join(str(diagnostic) for diagnostic in self.diagnostics)


def never() -> bool:
    """Return False: the job is never cancelled."""
    return False


@define
class Converter:
    """Runs jobs with the workers of the given plugins, each created and started once.

    The courses and job folders are created in `folder`; `close` stops the workers.
    `initial_bytes` has the outputs of samples before any failed conversion, by the samples'
    indexes, for tests that share the converter.
    """

    folder: Path
    plugins: PluginRegistry
    initial_bytes: dict[int, list[dict[str, bytes]]] = field(factory=dict)
    _workers: dict[str, _RecordingWorker] = field(factory=dict)
    _numbers: Iterator[int] = field(factory=count)
    _data_dir: Path | None = None

    def convert(
        self,
        sample: Sample | BadSample,
        job_type: str,
        *,
        is_cancelled: Callable[[], bool] = never,
    ) -> list[Conversion]:
        """Run all jobs of that type in the sample's course, and the jobs that they depend on.

        Nothing is cached: each call has a results cache of its own.
        """
        plan = self.plan(sample, job_type)
        folder = self._next_folder()
        failed = [
            Conversion(source.source, None, {}, source.diagnostics)
            for source in plan.failed
            if source.job_type == job_type
        ]
        with ResultsCache(folder / "cache.db") as cache:
            by_id = {request.id: request for request in plan.jobs}
            run = _Run(self, cache, folder / "work", is_cancelled, by_id, self._data_dir)
            requests = [request for request in plan.jobs if request.job_type == job_type]
            return failed + [run.conversion(request) for request in requests]

    def plan(self, sample: Sample | BadSample, job_type: str) -> BuildPlan:
        """Return the build plan of the sample's course.

        Raises:
            SpecError, SettingsError: the course or its settings are invalid.
        """
        settings = {self.plugins.plugin_of(job_type).name: sample.settings}
        project = CourseProject(
            self._next_folder() / "course", sample.more_spec, settings if sample.settings else {}
        )
        for name, text in sample.files.items():
            project.add(name, text)
        course = load_course(BuildOptions(project.spec), self.plugins)
        self._data_dir = course.data_dir
        return plan_build(course, self.plugins, FileDigests())

    def worker(self, job_type: str) -> _RecordingWorker:
        """Return the worker of a job type, started."""
        if job_type not in self._workers:
            plugin = self.plugins.plugin_of(job_type).name
            worker = load(self.plugins.job_type(job_type).worker, plugin=plugin)()
            worker.start()
            self._workers[job_type] = _RecordingWorker(worker)
        return self._workers[job_type]

    def discard(self, job_type: str) -> None:
        """Forget the worker of a job type, as its process would be ended; the next one is new."""
        worker = self._workers.pop(job_type, None)
        if worker is not None:
            with suppress(Exception):  # it was ended in the middle of a job
                worker.stop()  # or else its tools stay, which end with a process

    def close(self) -> None:
        """Stop the workers."""
        while self._workers:
            _, worker = self._workers.popitem()
            worker.stop()

    def _next_folder(self) -> Path:
        folder = self.folder / str(next(self._numbers))
        folder.mkdir(parents=True)
        return folder


@define
class _Run:
    """The jobs of one plan; jobs run after the jobs that they depend on."""

    converter: Converter
    cache: ResultsCache
    work: Path
    is_cancelled: Callable[[], bool]
    requests: Mapping[str, JobRequest]
    data_dir: Path | None
    _done: dict[str, Conversion] = field(factory=dict)
    _stored: dict[str, StoredResult] = field(factory=dict)

    def conversion(self, request: JobRequest) -> Conversion:
        if request.id not in self._done:
            self._done[request.id] = self._convert(request)
        return self._done[request.id]

    def _convert(self, request: JobRequest) -> Conversion:
        for producer in sorted(request.producers):
            needed = self.conversion(self.requests[producer])
            if not needed.ok:
                return evolve(needed, request=request, source=request.source)
        worker = self.converter.worker(request.job_type)
        worker.error = None
        job_type = self.converter.plugins.job_type(request.job_type)
        provider = self.converter.plugins.plugin_of(request.job_type).label
        runner = JobRunner(job_type, worker, self.cache, self.work, provider=provider)
        end = runner.run(self._job(request), self.is_cancelled)
        diagnostics = placed(request, end.diagnostics, self.data_dir)
        if not isinstance(end, StoredResult):
            return Conversion(request.source, request, {}, diagnostics, worker.error)
        self._stored[request.id] = end
        outputs = {name: self.cache.read_blob(digest) for name, digest in end.outputs.items()}
        return Conversion(request.source, request, outputs, diagnostics)

    def _job(self, request: JobRequest) -> ResolvedJob:
        job = submitted(request, self.converter.plugins)
        return job.resolved(tuple(self._resolved(item) for item in job.inputs))

    def _resolved(self, item: QueuedInput) -> ResolvedInput:
        if isinstance(item, ResolvedInput):
            return item
        return ResolvedInput(item.name, self._stored[item.producer].outputs[item.output])


@define
class _RecordingWorker(Worker):
    """A worker that records the exception of its last job, and reports when a conversion starts.

    Each conversion is in a context that `around` makes.
    """

    _worker: Worker
    error: Exception | None = None
    on_start: Callable[[], None] = field(default=lambda: None)
    around: Callable[[], AbstractContextManager[None]] = field(default=nullcontext)

    def convert(self, payload: Any, job: Job) -> Result:
        self.on_start()
        try:
            with self.around():
                return self._worker.convert(payload, job)
        except Exception as error:
            self.error = error
            raise

    def stop(self) -> None:
        self._worker.stop()
