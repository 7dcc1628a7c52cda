"""Contract tests for backends: subclass `BackendContract` and name the backend."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import define, evolve, field

from clm.backends.backend import (
    Backend,
    BackendContext,
    CancelJobs,
    CopyFile,
    EndedJob,
    JobObserver,
    RemoveFile,
    RunJobs,
    WriteFile,
)
from clm.backends.paths import ClmPaths
from clm.database.cache.results import ResultsCache
from clm.errors import OutputError
from clm.jobs.key import digest_bytes
from clm.jobs.request import FileInput, Input, JobInput, JobRequest, OutputSpec
from clm.jobs.status import JobStatus
from clm.jobs.submitted import SubmittedJob
from clm.jobs.work import JobProgress
from clm.plugins import PluginRegistry
from clm.testing.echo_plugin import EchoPayload
from clm.testing.installing import load_only, put_on_path, write_metadata
from clm.testing.queued import submitted
from clm.workers.import_string import resolve

__all__ = ["BackendContract"]


@define
class Observer(JobObserver):
    """Records all notifications, and the threads that they come from."""

    started: list[str] = field(factory=list)
    ends: list[EndedJob] = field(factory=list)
    threads: set[int] = field(factory=set)
    first_start: asyncio.Event = field(factory=asyncio.Event)

    on_progress: Callable[[JobProgress], None] = field(default=lambda progress: None)

    def job_progressed(self, request: JobRequest, progress: JobProgress) -> None:
        self.on_progress(progress)

    def job_started(self, request: JobRequest) -> None:
        self.threads.add(threading.get_ident())
        self.started.append(request.id)
        self.first_start.set()

    async def job_ended(self, end: EndedJob) -> None:
        self.threads.add(threading.get_ident())
        self.ends.append(end)

    def end_of(self, job_id: str) -> EndedJob:
        (end,) = (end for end in self.ends if end.request.id == job_id)
        return end


@define
class Bench:
    """The environment of a backend: a `.clm` folder, the plugins, an observer."""

    folder: Path
    factory: str
    context: BackendContext

    @property
    def observer(self) -> Observer:
        assert isinstance(self.context.observer, Observer)
        return self.context.observer

    def backend(self, **changes: Any) -> Backend:
        """Return a new backend with a new observer."""
        self.context = evolve(self.context, observer=Observer(), **changes)
        backend = resolve(self.factory)(self.context)
        assert isinstance(backend, Backend)
        return backend

    def run(self, *jobs: SubmittedJob, **changes: Any) -> Observer:
        """Run the jobs together; return the observer with their notifications."""
        asyncio.run(self._run(self.backend(**changes), jobs))
        return self.observer

    async def _run(self, backend: Backend, jobs: tuple[SubmittedJob, ...]) -> None:
        async with backend:
            await backend.execute_operation(RunJobs(jobs))
            await backend.wait_for_completion()

    def job(self, name: str, text: str = "", needs: Iterable[Input] = (), **payload: Any) -> Any:
        """Return a job with one output, `out`."""
        request = JobRequest(
            id=name,
            job_type="echo",
            payload=EchoPayload(text or name, **payload),
            source=f"course/{name}",
            inputs=tuple(needs),
            outputs=(OutputSpec("out"),),
        )
        return submitted(request, self.context.plugins)

    def output(self, end: EndedJob) -> bytes:
        """Return the output of a completed job from the results cache."""
        assert end.result is not None, end.diagnostics
        cache = ResultsCache(self.context.paths.cache_db)
        try:
            return cache.read_blob(end.result.outputs["out"])
        finally:
            cache.close()


class BackendContract:
    """Subclass it as `TestContract` in a test module of pytest.

    Attributes:
        factory: import string of the backend's factory, as in its `BackendType`.
        tries_again: whether transient failures are retried, up to the job's `max_attempts`.
        can_be_interrupted: whether a build can end while a job is running.
        reports_progress: whether the progress of a running job is reported.
        seconds: time limit for the shutdown of an interrupted backend.
    """

    factory: ClassVar[str]
    tries_again: ClassVar[bool] = True
    can_be_interrupted: ClassVar[bool] = True
    reports_progress: ClassVar[bool] = True
    seconds: ClassVar[float] = 30.0

    @pytest.fixture
    def bench(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
        site = tmp_path / "site"
        write_metadata(site, "clm-echo", "1", {"echo": "clm.testing.echo_plugin"})
        put_on_path(monkeypatch, site)
        load_only(monkeypatch, ["echo"])
        paths = ClmPaths.of_folder(tmp_path / ".clm")
        paths.create()
        plugins = PluginRegistry.load()
        context = BackendContext(plugins, paths, observer=None, jobs=2)  # type: ignore[arg-type]
        with self.surroundings(Bench(tmp_path, self.factory, context)) as bench:
            yield bench

    @contextmanager
    def surroundings(self, bench: Any) -> Iterator[Any]:
        """A context with what the backend needs besides, such as a server; yields the bench."""
        yield bench

    # -- jobs -----------------------------------------------------------------------------------

    def test_job_gives_its_outputs(self, bench: Bench) -> None:
        end = bench.run(bench.job("a", "hello")).end_of("a")
        assert bench.output(end) == b"hello"
        assert end.status is JobStatus.COMPLETED

    def test_job_sees_input_files(self, bench: Bench) -> None:
        file = bench.folder / "data"
        file.write_bytes(b"data")
        item = FileInput("some/name", file, digest_bytes(b"data"))
        assert bench.output(bench.run(bench.job("a", needs=[item])).end_of("a")) == b"adata"

    def test_changed_input_fails_job(self, bench: Bench) -> None:
        file = bench.folder / "data"
        file.write_bytes(b"data")
        item = FileInput("name", file, digest_bytes(b"other data"))
        assert bench.run(bench.job("a", needs=[item])).end_of("a").status is JobStatus.FAILED

    def test_job_sees_dependency_outputs(self, bench: Bench) -> None:
        first, second = bench.job("1"), bench.job("2", needs=[JobInput("x", "1", "out")])
        third = bench.job("3", needs=[JobInput("x", "2", "out"), JobInput("y", "1", "out")])
        assert bench.output(bench.run(first, second, third).end_of("3")) == b"3211"

    def test_mistake_reported_with_place(self, bench: Bench) -> None:
        end = bench.run(bench.job("a", error="no such word")).end_of("a")
        assert end.status is JobStatus.FAILED
        assert end.result is None
        assert str(end.diagnostics[0]) == "course/a:3: no such word"

    def test_mistake_not_retried(self, bench: Bench) -> None:
        log = bench.folder / "log"
        bench.run(bench.job("a", error="wrong", log=str(log)))
        assert log.read_text().splitlines() == ["tried"]

    def test_dependent_of_failed_job_fails(self, bench: Bench) -> None:
        needs = [JobInput("x", "the-first", "out")]
        observer = bench.run(bench.job("the-first", error="wrong"), bench.job("b", needs=needs))
        end = observer.end_of("b")
        assert end.status is JobStatus.FAILED
        assert "the-first" in str(end.diagnostics[0])

    def test_transient_failure_retried(self, bench: Bench) -> None:
        log = bench.folder / "log"
        end = bench.run(bench.job("a", transient=2, log=str(log))).end_of("a")
        assert (end.status is JobStatus.COMPLETED) is self.tries_again
        assert len(log.read_text().splitlines()) == (3 if self.tries_again else 1)

    def test_job_fails_after_max_attempts(self, bench: Bench) -> None:
        end = bench.run(bench.job("a", transient=9, log=str(bench.folder / "log"))).end_of("a")
        assert end.status is JobStatus.FAILED
        assert "failed" in str(end.diagnostics[0])

    # -- notifications --------------------------------------------------------------------------

    def test_each_end_reported_once(self, bench: Bench) -> None:
        observer = bench.run(*(bench.job(f"job-{n}") for n in range(10)))
        assert sorted(end.request.id for end in observer.ends) == [f"job-{n}" for n in range(10)]
        assert observer.threads == {threading.get_ident()}

    def test_work_time_reported(self, bench: Bench) -> None:
        work = bench.run(bench.job("a")).end_of("a").work
        assert work.seconds > 0
        assert work.started > 0

    def test_progress_reported_during_job(self, bench: Bench) -> None:
        if not self.reports_progress:
            pytest.skip("the backend reports no progress")
        reported = bench.folder / "reported"

        def write(progress: JobProgress) -> None:
            reported.write_text(str(progress))

        async def progressing(backend: Backend) -> None:
            bench.observer.on_progress = write
            async with backend:
                job = bench.job("a", progress=0.5, wait_for=str(reported))
                await backend.execute_operation(RunJobs((job,)))
                await backend.wait_for_completion()

        asyncio.run(progressing(bench.backend()))
        bench.output(bench.observer.end_of("a"))
        assert reported.read_text() == "50% echoing"

    def test_request_may_be_repeated(self, bench: Bench) -> None:
        async def twice(backend: Backend) -> None:
            async with backend:
                for text in ("one", "two"):
                    await backend.execute_operation(RunJobs((bench.job("a", text),)))
                    await backend.wait_for_completion()

        asyncio.run(twice(bench.backend()))
        assert [bench.output(end) for end in bench.observer.ends] == [b"one", b"two"]

    def test_cancelled_job_not_reported(self, bench: Bench) -> None:
        async def cancelled(backend: Backend) -> None:
            async with backend:
                waiting = bench.job("a", wait_for=str(bench.folder / "never"))
                await backend.execute_operation(RunJobs((waiting, bench.job("b"))))
                await backend.execute_operation(CancelJobs(("a",)))
                await backend.wait_for_completion()

        asyncio.run(cancelled(bench.backend()))
        assert [end.request.id for end in bench.observer.ends] == ["b"]

    def test_cancelled_request_may_be_repeated(self, bench: Bench) -> None:
        async def again(backend: Backend) -> None:
            async with backend:
                waiting = bench.job("a", wait_for=str(bench.folder / "never"))
                await backend.execute_operation(RunJobs((waiting,)))
                await backend.execute_operation(CancelJobs(("a",)))
                await backend.execute_operation(RunJobs((bench.job("a", "again"),)))
                await backend.wait_for_completion()

        asyncio.run(again(bench.backend()))
        assert [bench.output(end) for end in bench.observer.ends] == [b"again"]

    # -- the results cache ----------------------------------------------------------------------

    def test_cached_result_used(self, bench: Bench) -> None:
        log = bench.folder / "log"
        for _ in range(2):
            bench.output(bench.run(bench.job("a", log=str(log))).end_of("a"))
        assert log.read_text().splitlines() == ["tried"]

    def test_no_cache_reruns_job(self, bench: Bench) -> None:
        log = bench.folder / "log"
        for use_cache in (True, False):
            bench.output(bench.run(bench.job("a", log=str(log)), use_cache=use_cache).end_of("a"))
        assert log.read_text().splitlines() == ["tried", "tried"]

    # -- files and shutdown ---------------------------------------------------------------------

    def test_files_copied_written_removed(self, bench: Bench) -> None:
        root = bench.folder / "outputs"

        async def files(backend: Backend) -> None:
            async with backend:
                await backend.execute_operation(WriteFile(b"data", root / "a" / "b"))
                await backend.execute_operation(
                    CopyFile(root / "a" / "b", root / "c", digest_bytes(b"data"))
                )
                await backend.execute_operation(RemoveFile(root / "a" / "b", root))

        asyncio.run(files(bench.backend()))
        assert [path.relative_to(root).as_posix() for path in root.rglob("*")] == ["c"]
        assert (root / "c").read_bytes() == b"data"

    def test_unwritable_file_is_error(self, bench: Bench) -> None:
        (bench.folder / "file").touch()
        with pytest.raises(OutputError):
            asyncio.run(self._write(bench.backend(), bench.folder / "file" / "below"))

    async def _write(self, backend: Backend, target: Path) -> None:
        async with backend:
            await backend.execute_operation(WriteFile(b"", target))

    def test_job_folders_removed(self, bench: Bench) -> None:
        bench.run(bench.job("a"), bench.job("b", error="wrong"))
        work = bench.context.paths.work
        assert not work.exists() or list(work.iterdir()) == []

    def test_shutdown_is_idempotent(self, bench: Bench) -> None:
        async def twice(backend: Backend) -> None:
            await backend.execute_operation(RunJobs((bench.job("a"),)))
            await backend.wait_for_completion()
            await backend.shutdown()
            await backend.shutdown()

        asyncio.run(twice(bench.backend()))
        assert len(bench.observer.ends) == 1

    def test_no_wait_without_jobs(self, bench: Bench) -> None:
        assert bench.run().ends == []

    def test_interrupted_build_ends_jobs(self, bench: Bench) -> None:
        if not self.can_be_interrupted:
            pytest.skip("builds with this backend cannot be interrupted")
        asyncio.run(asyncio.wait_for(self._interrupted(bench), self.seconds))
        assert bench.observer.ends == []

    async def _interrupted(self, bench: Bench) -> None:
        backend = bench.backend()
        async with backend:
            waiting = bench.job("a", wait_for=str(bench.folder / "never"))
            await backend.execute_operation(RunJobs((waiting,)))
            waiter = asyncio.create_task(backend.wait_for_completion())
            await bench.observer.first_start.wait()
            waiter.cancel()
            await asyncio.gather(waiter, return_exceptions=True)
