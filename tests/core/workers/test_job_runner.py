"""Execution of one job: inputs and outputs of the converter, and the cache."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from stub_jobs import PLUGIN, TASK, RunnerOf, StubWorker, failure, run

from clm import Diagnostic, Job, Place, Result, Severity
from clm.database.cache.results import ResultsCache
from clm.errors import ClmError
from clm.jobs.key import digest_bytes
from clm.jobs.resolved import ResolvedInput
from clm.jobs.result import StoredResult
from clm.workers import job_runner
from clm.workers.job_runner import Failure


def test_inputs_placed_in_job_folder(
    runner_of: RunnerOf, cache: ResultsCache, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"from a file")
    cache.add_to_cache("k", "other", {"made": b"from a job"})
    task = evolve(
        TASK,
        inputs=(
            ResolvedInput("img/deep/a.png", digest_bytes(b"from a file"), tmp_path / "file"),
            ResolvedInput("b.svg", digest_bytes(b"from a job")),
        ),
    )
    seen: dict[str, bytes] = {}

    def look(job: Job) -> Result:
        for path in job.folder.rglob("*.*"):
            seen[path.relative_to(job.folder).as_posix()] = path.read_bytes()
        return Result({"out": b""})

    assert isinstance(run(runner_of(look), task), StoredResult)
    assert seen == {"img/deep/a.png": b"from a file", "b.svg": b"from a job"}


def test_lost_input_is_no_fault(runner_of: RunnerOf) -> None:
    task = evolve(TASK, inputs=(ResolvedInput("b.svg", digest_bytes(b"lost")),))

    found = failure(runner_of(lambda job: Result({"out": b""}), provider=PLUGIN), task)

    assert found.message == "b.svg was removed since the build began"


def test_result_stored_completely(runner_of: RunnerOf, cache: ResultsCache) -> None:
    warning = Diagnostic("careful", Severity.WARNING)

    result = run(runner_of(lambda job: Result({"out": b"data"}, (warning,), {"n": 1})))

    assert result == cache.check_cache(TASK.key)
    assert isinstance(result, StoredResult)
    assert cache.read_blob(result.outputs["out"]) == b"data"
    assert (result.diagnostics, result.metadata) == ((warning,), {"n": 1})


def test_cancelled_job_stores_nothing(runner_of: RunnerOf, cache: ResultsCache) -> None:
    cancelled = threading.Event()

    def half(job: Job) -> Result:
        cancelled.set()
        return Result({"out": b"half"})

    def part() -> bytes:
        cancelled.set()
        return b"half"

    def half_a_part(job: Job) -> Result:
        return Result({"out": job.memo("part", part)})

    for do in (half, half_a_part):
        cancelled.clear()
        result = runner_of(do).run(TASK, cancelled.is_set)
        assert isinstance(result, Failure)
        assert result.is_transient
    assert cache.statistics().entries == 0


def test_cached_result_reused(runner_of: RunnerOf) -> None:
    runner = runner_of(lambda job: Result({"out": b"data"}))

    assert run(runner) == run(runner)
    assert isinstance(runner.worker, StubWorker)
    assert runner.worker.calls == 1


def test_no_cache_replaces_result(runner_of: RunnerOf, cache: ResultsCache) -> None:
    run(runner_of(lambda job: Result({"out": b"old"})))

    run(runner_of(lambda job: Result({"out": b"new"}), use_cache=False))

    stored = cache.check_cache(TASK.key)
    assert stored is not None
    assert cache.read_blob(stored.outputs["out"]) == b"new"


def test_changed_input_fails_before_conversion(runner_of: RunnerOf, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"new")
    task = evolve(TASK, inputs=(ResolvedInput("a", digest_bytes(b"old"), tmp_path / "file"),))
    runner = runner_of(lambda job: Result({"out": b""}))

    diagnostic = failure(runner, task)

    assert diagnostic.message == "a has changed since the build began"
    assert isinstance(runner.worker, StubWorker)
    assert runner.worker.calls == 0


def test_vanished_input_has_hint(runner_of: RunnerOf, tmp_path: Path) -> None:
    task = evolve(TASK, inputs=(ResolvedInput("a", "0" * 64, tmp_path / "gone"),))

    diagnostic = failure(runner_of(lambda job: Result({"out": b""})), task)

    assert diagnostic.message == "a was removed since the build began"
    assert diagnostic.hint == "build again"
    assert diagnostic.place == Place("a.test")


def test_folder_as_input_reported(runner_of: RunnerOf, tmp_path: Path) -> None:
    task = evolve(TASK, inputs=(ResolvedInput("a", "0" * 64, tmp_path),))

    diagnostic = failure(runner_of(lambda job: Result({"out": b""})), task)

    assert "the file is readable" in (diagnostic.hint or "")


@pytest.mark.parametrize("name", ["../a", "/etc/a", "a/../../b", ".", ""])
def test_input_outside_folder_rejected(runner_of: RunnerOf, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"x")
    task = evolve(TASK, inputs=(ResolvedInput(name, digest_bytes(b"x"), tmp_path / "file"),))

    diagnostic = failure(runner_of(lambda job: Result({"out": b""})), task)

    assert "would be outside the job's folder" in diagnostic.message


@pytest.mark.parametrize("name", ["C:a", "log_12:00.csv", "..\\a"])
def test_windows_separators_rejected_there(
    runner_of: RunnerOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("clm.workers.folders._SEPARATORS", "\\:")
    (tmp_path / "file").write_bytes(b"x")
    task = evolve(TASK, inputs=(ResolvedInput(name, digest_bytes(b"x"), tmp_path / "file"),))

    diagnostic = failure(runner_of(lambda job: Result({"out": b""})), task)

    assert "would be outside the job's folder" in diagnostic.message


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("name", ["C:a", "log_12:00.csv", "..\\a"])
def test_windows_separators_allowed_elsewhere(
    runner_of: RunnerOf, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    task = evolve(TASK, inputs=(ResolvedInput(name, digest_bytes(b"x"), tmp_path / "file"),))
    runner = runner_of(lambda job: Result({"out": (job.folder / name).read_bytes()}))

    assert isinstance(run(runner, task), StoredResult)


def test_output_may_be_file(runner_of: RunnerOf, cache: ResultsCache) -> None:
    def write(job: Job) -> Result:
        (job.folder / "file").write_bytes(b"content")
        return Result({"out": Path("file")})

    result = run(runner_of(write))

    assert isinstance(result, StoredResult)
    assert cache.read_blob(result.outputs["out"]) == b"content"


@pytest.mark.parametrize("as_file", [False, True])
def test_outputs_have_limit_together(
    runner_of: RunnerOf, monkeypatch: pytest.MonkeyPatch, as_file: bool
) -> None:
    monkeypatch.setattr(job_runner, "LARGEST_OUTPUTS", 10)

    def outputs(job: Job, size: int) -> Result:
        (job.folder / "file").write_bytes(bytes(size))
        return Result({"out": b"12345", "more": Path("file") if as_file else bytes(size)})

    task = evolve(TASK, outputs=("out", "more"))
    found = failure(runner_of(lambda job: outputs(job, 6)), task)
    assert "the outputs of the job have more than" in found.message
    assert "'more'" in found.message
    assert found.hint
    assert isinstance(run(runner_of(lambda job: outputs(job, 5)), task), StoredResult)


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need a privilege on Windows")
def test_output_symlink_outside_rejected(runner_of: RunnerOf, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")

    def link(job: Job) -> Result:
        (job.folder / "link").symlink_to(tmp_path / "secret")
        return Result({"out": job.folder / "link"})

    assert "not a file in the job's folder" in failure(runner_of(link)).message


def test_error_diagnostic_fails_job(runner_of: RunnerOf, cache: ResultsCache) -> None:
    warning = Diagnostic("careful", Severity.WARNING)
    error = Diagnostic("wrong", place=Place("a.test", 3, cell="cell 2"), hint="fix it", excerpt="x")

    result = run(runner_of(lambda job: Result({"out": b""}, (warning, error))))

    assert isinstance(result, Failure)
    assert result.diagnostics == (error, evolve(warning, place=Place("a.test")))
    assert cache.check_cache(TASK.key) is None


def test_unexpected_exception_keeps_traceback(
    runner_of: RunnerOf,
) -> None:
    def fail(job: Job) -> Result:
        raise ZeroDivisionError("no")

    diagnostic = failure(runner_of(fail, provider="clm-test 1.0"))

    expected = "clm-test 1.0: the converter failed unexpectedly: ZeroDivisionError: no"
    assert diagnostic.message == expected
    assert diagnostic.place == Place("a.test")
    assert diagnostic.hint is not None
    assert "fault of the plugin" in diagnostic.hint
    assert diagnostic.details is not None
    assert "in fail" in diagnostic.details


def test_newer_payload_rejected(runner_of: RunnerOf) -> None:
    task = evolve(TASK, envelope='{"type":"test","version":9,"payload":{}}')

    assert "has version 9" in failure(runner_of(lambda job: None), task).message


def test_read_only_folder_removed(runner_of: RunnerOf) -> None:
    def lock(job: Job) -> Result:
        folder = job.folder / "locked" / "inner"
        folder.mkdir(parents=True)
        (folder / "file").write_text("x")
        (folder / "file").chmod(0o400)
        folder.chmod(0o500)
        folder.parent.chmod(0)
        return Result({"out": b""})

    runner = runner_of(lock)

    assert isinstance(run(runner), StoredResult)
    assert isinstance(runner.worker, StubWorker)
    assert not runner.worker.folder.exists()


def test_refused_job_not_converted(runner_of: RunnerOf, cache: ResultsCache) -> None:
    def refuse(fingerprint: str) -> None:
        raise ClmError(f"other files than {fingerprint}")

    def convert(job: Job) -> Result:
        raise AssertionError("converted")

    diagnostic = failure(runner_of(convert, refuse=refuse))
    assert diagnostic.message == f"other files than {TASK.fingerprint}"
    assert cache.check_cache(TASK.key) is None


def read_as(encoding: str, name: str) -> Callable[[Job], Any]:
    def do(job: Job) -> Any:
        with (job.folder / name).open(encoding=encoding) as file:
            return [line for line in file]

    return do


@pytest.mark.parametrize(
    ("name", "encoding", "message"),
    [
        ("a.test", "utf-8", "topic/a.test:3:3: the file is not UTF-8: byte 14 is 0xe9 (save it"),
        ("a.test", "utf-8-sig", "topic/a.test:3:3: the file is not UTF-8: byte 14 is 0xe9"),
        ("b.txt", "utf-8", "topic/a.test: b.txt, which it uses, is not UTF-8: byte 14 is 0xe9"),
    ],
)
def test_input_without_utf8_is_mistake(
    runner_of: RunnerOf, tmp_path: Path, name: str, encoding: str, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"a\nthe caf\xc3\xa9\nab\xe9\n")
    item = ResolvedInput(name, digest_bytes(path.read_bytes()), path)
    task = evolve(TASK, inputs=(item,), source="topic/a.test")

    failure = run(runner_of(read_as(encoding, name), provider=PLUGIN), task)

    assert isinstance(failure, Failure)
    assert message in str(failure.diagnostics[0])
    assert PLUGIN not in failure.diagnostics[0].message


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_other_undecodable_text_is_fault_of_plugin(
    runner_of: RunnerOf, tmp_path: Path, encoding: str
) -> None:
    data = b"\xe9" if encoding == "utf-8" else b"\xc3\xa9"
    (tmp_path / "a.test").write_bytes(b"\xc3\xa9")
    item = ResolvedInput("a.test", digest_bytes(b"\xc3\xa9"), tmp_path / "a.test")
    runner = runner_of(lambda job: data.decode(encoding), provider=PLUGIN)
    failure = run(runner, evolve(TASK, inputs=(item,)))
    assert isinstance(failure, Failure)
    assert PLUGIN in failure.diagnostics[0].message


@pytest.mark.parametrize(
    ("path", "is_noted"), [("{}/b.csv", True), ("b.csv", True), ("dot", False), ("/x/b.csv", False)]
)
def test_undeclared_input_is_named(runner_of: RunnerOf, path: str, is_noted: bool) -> None:
    def do(job: Job) -> Any:
        return Path(path.format(job.folder)).read_text()

    failure = run(runner_of(do, provider=PLUGIN))

    assert isinstance(failure, Failure)
    note = "'b.csv' is a file of the course, add it to `inputs`"
    assert (note in str(failure.diagnostics[0])) is is_noted
