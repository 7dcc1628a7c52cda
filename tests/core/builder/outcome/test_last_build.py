"""The record of the last build."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from clm.builder.options import BuildOptions
from clm.builder.outcome.last_build import (
    FILE_NAME,
    LastBuild,
    keep_record,
    load_last_build,
    save_last_build,
)
from clm.builder.report import BuildReport, JobReport, Outcome
from clm.errors import Diagnostic, Place, Severity, UsageError

FAILURE = Diagnostic("it raised", place=Place("a.py", 3, cell="cell 2"), excerpt="1 / 0", hint="no")
JOB = JobReport("x:a", "x", "a.py", Outcome.FAILED, (FAILURE,), 1.5, "id", 1000.25, "x-1")


def build(*jobs: JobReport, **more: object) -> LastBuild:
    report = BuildReport(list(jobs), seconds=2.0, files_written=3, **more)  # type: ignore[arg-type]
    return LastBuild.of("course.yaml", 1000.0, report)  # type: ignore[arg-type]


def test_last_build_round_trips(tmp_path):
    warning = Diagnostic("odd", Severity.WARNING)
    saved = build(JOB, JobReport("b", "x", "b", Outcome.SKIPPED), problems=[warning])
    save_last_build(tmp_path, saved)
    assert load_last_build(tmp_path) == saved
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@given(st.text(st.characters(codec=None)))
def test_any_name_and_message_survives(tmp_path_factory, text):
    folder = tmp_path_factory.getbasetemp()
    saved = build(JobReport(text, text, text, Outcome.FAILED, (Diagnostic(text),)))
    save_last_build(folder, saved)
    assert load_last_build(folder) == saved


def test_list_of_outputs_compressed(tmp_path):
    outputs = tuple(
        {"path": f"En/Course/Html/Completed/Week/{n}.html", "job": f"notebook:{n}"}
        for n in range(1000)
    )
    save_last_build(tmp_path, evolve(build(), delivered=outputs))
    assert load_last_build(tmp_path).delivered == outputs
    assert (tmp_path / FILE_NAME).stat().st_size < len(json.dumps(outputs)) / 4


def test_stopped_build_not_ok():
    stopped = LastBuild.of("course.yaml", 0.0, BuildReport(), [FAILURE])  # type: ignore[arg-type]
    assert not stopped.ok


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no record of a build"),
        ("{", "cannot be read"),
        ("[]", "another version"),
        ('{"version": 2}', "another version"),
        ('{"version": 3}', "is damaged"),
        ('{"version": 3, "state": "", "some_written": false, "delivered": "####"}', "is damaged"),
        ('{"version": 3, "state": "", "some_written": false, "delivered": "QUJD"}', "is damaged"),
    ],
)
def test_unusable_record_is_error(tmp_path, content, message):
    if content is not None:
        (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(UsageError, match=message) as caught:
        load_last_build(tmp_path)
    assert "build" in str(caught.value.hint)


def test_unknown_record_fields_refused(tmp_path):
    save_last_build(tmp_path, build())
    data = json.loads((tmp_path / FILE_NAME).read_text())
    (tmp_path / FILE_NAME).write_text(json.dumps(data | {"new": 1}))
    with pytest.raises(UsageError, match="damaged"):
        load_last_build(tmp_path)


@pytest.mark.parametrize("time", [-1, 1e300, float("nan"), float("inf")])
def test_impossible_times_refused(tmp_path, time):
    save_last_build(tmp_path, LastBuild.of("course.yaml", time, BuildReport()))
    with pytest.raises(UsageError, match="damaged"):
        load_last_build(tmp_path)


def test_failed_save_keeps_old_record(tmp_path, monkeypatch):
    save_last_build(tmp_path, build())

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="No space"):
        save_last_build(tmp_path, build(JOB))
    assert load_last_build(tmp_path) == build()
    assert len(list(tmp_path.iterdir())) == 1


@frozen
class Output:
    """An output of many, as far as the list of outputs reads it."""

    path: str
    written: bool = False

    def as_data(self) -> dict[str, object]:
        digest = hashlib.sha256(self.path.encode()).hexdigest()
        return {
            "path": self.path, "digest": digest, "written": self.written, "public": True
        }  # fmt: skip


MANY = [f"En/Course/Html/Completed/Week/{number}.html" for number in range(10_000)]


def kept(
    folder: Path, written: Collection[str], *, follows: str = "", files_written: int = 0
) -> tuple[int, dict[str, Mapping[str, object]]]:
    """Records a build; the peak of memory meanwhile, in bytes per output, and the list by path."""
    outputs = (Output(path, path in written) for path in MANY)
    changed = tuple(Output(path, True) for path in written)
    report = BuildReport(
        files_written=files_written,
        delivered=lambda: outputs,  # type: ignore[arg-type,return-value]
        written=lambda: changed,  # type: ignore[arg-type,return-value]
        state=lambda: "state",
        follows=follows,
    )
    tracemalloc.start()
    try:
        keep_record(BuildOptions(folder / "course.yaml"), 1.0, report)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    listed = load_last_build(folder / ".clm").delivered
    return peak // len(MANY), {str(output["path"]): output for output in listed}


@pytest.fixture
def clm_folder(tmp_path: Path) -> Path:
    (tmp_path / ".clm").mkdir()
    return tmp_path


def test_list_takes_little_memory(clm_folder):
    bytes_each, listed = kept(clm_folder, MANY, files_written=1)
    assert list(listed) == MANY
    assert all(output["written"] for output in listed.values())
    assert bytes_each < 400


def test_former_list_takes_little_memory(clm_folder):
    kept(clm_folder, MANY, files_written=1)
    bytes_each, listed = kept(clm_folder, ())
    assert list(listed) == MANY
    assert not any(output["written"] for output in listed.values())
    assert bytes_each < 400


def test_saved_outputs_replaced_in_list(clm_folder):
    kept(clm_folder, MANY, files_written=1)
    saved = {MANY[0], *MANY[3000:3100], MANY[-1]}
    bytes_each, listed = kept(clm_folder, saved, follows="state", files_written=1)
    assert list(listed) == MANY
    assert {path for path, output in listed.items() if output["written"]} == saved
    assert bytes_each < 400
