"""Faults of converters: what they return and raise, and what the machine does to them."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest
from stub_jobs import PLUGIN, TASK, RunnerOf, failure, run

from clm import ConversionError, Diagnostic, Job, Result
from clm.database.cache.results import ResultsCache
from clm.errors import TransientJobError
from clm.workers.job_runner import Failure


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({}, "lacks the outputs ['out']"),
        ({"out": b"", "more": b""}, "has undeclared outputs ['more']"),
        ({"more": b""}, "lacks the outputs ['out'] and has undeclared outputs ['more']"),
        ({"out": "text"}, "the output 'out' is a str, neither bytes nor a Path"),
        ({"out": Path("nothing")}, "not a file in the job's folder"),
        ({"out": Path("..")}, "not a file in the job's folder"),
        ({"out": Path(__file__)}, "not a file in the job's folder"),
    ],
)
def test_invalid_outputs_rejected(
    runner_of: RunnerOf, cache: ResultsCache, outputs: dict[str, Any], message: str
) -> None:
    assert message in failure(runner_of(lambda job: Result(outputs))).message
    assert cache.check_cache(TASK.key) is None


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (Result(None), "returned outputs None, which is no Mapping"),
        (Result([b""]), "returned outputs [b''], which is no Mapping"),
        (Result({3: b""}), "an output whose name is not a str"),
        (Result({"out": b""}, None), "returned diagnostics None, which is no Sequence"),
        (Result({"out": b""}, "careful"), "returned diagnostics 'careful'"),
        (Result({"out": b""}, ("careful",)), "'careful' is not a Diagnostic"),
        (Result({"out": b""}, (Diagnostic(3),)), "the message of a Diagnostic is 3"),
        (Result({"out": b""}, (Diagnostic("x", "error"),)), "the severity of a Diagnostic"),
        (Result({"out": b""}, (), None), "returned metadata None"),
        (Result({"out": b""}, (), {"a": object()}), "is not JSON serializable"),
        (Result({"out": b""}, (), {"a": float("nan")}), "not JSON compliant"),
        (Result({"out": b""}, (), {"a": "\ud800"}), "surrogates not allowed"),
    ],
)
def test_wrong_type_in_result_names_plugin(
    runner_of: RunnerOf, cache: ResultsCache, result: Any, message: str
) -> None:
    fault = failure(runner_of(lambda job: result, provider=PLUGIN))
    assert fault.message.startswith(PLUGIN) and message in fault.message
    assert "fault of the plugin" in (fault.hint or "")
    assert cache.check_cache(TASK.key) is None


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileNotFoundError(2, "gone", "other.txt"), "FileNotFoundError: [Errno 2] gone"),
        (ConnectionRefusedError("no network"), "ConnectionRefusedError: no network"),
        (SystemExit(3), "SystemExit: 3"),
        (GeneratorExit(), "GeneratorExit"),
        (Unprintable(), "Unprintable"),
        (ConversionError("x", place=Any), "the place of a Diagnostic is typing.Any"),
        (ConversionError(None), "the message of a Diagnostic is None"),
        (TransientJobError("x", hint=b"y"), "the hint of a Diagnostic is b'y'"),
    ],
)
def test_any_error_of_converter_names_plugin(
    runner_of: RunnerOf, error: BaseException, message: str
) -> None:
    def fail(job: Job) -> Result:
        raise error

    fault = failure(runner_of(fail, provider=PLUGIN))
    assert fault.message.startswith(f"{PLUGIN}: the converter failed unexpectedly: ")
    assert message in fault.message
    assert "fault of the plugin" in (fault.hint or "")


def test_full_disk_is_no_fault_of_plugin(runner_of: RunnerOf) -> None:
    def fail(job: Job) -> Result:
        raise OSError(errno.ENOSPC, "No space left on device")

    hint = failure(runner_of(fail, provider=PLUGIN)).hint
    assert hint == "make room on the disk"


def test_removed_folder_named(runner_of: RunnerOf) -> None:
    def fail(job: Job) -> Result:
        shutil.rmtree(job.folder)
        raise RuntimeError("the tool failed")

    failed = run(runner_of(fail, provider=PLUGIN), TASK)
    assert isinstance(failed, Failure) and failed.is_transient
    (fault,) = failed.diagnostics
    assert fault.message.startswith("the folder of the job was removed while the job ran: ")


def test_removed_temporary_folder_named(
    runner_of: RunnerOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    failed = run(runner_of(lambda job: 1 // 0, provider=PLUGIN), TASK)
    assert isinstance(failed, Failure) and failed.is_transient
    (fault,) = failed.diagnostics
    assert f"the temporary folder was removed while the job ran: {temporary}" in fault.message
    assert temporary.is_dir()  # for the next attempt


def test_non_result_return_rejected(runner_of: RunnerOf) -> None:
    assert failure(runner_of(lambda job: None)).message == (
        "job type 'test' returned a NoneType, not a Result"
    )
