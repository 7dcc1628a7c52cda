"""Fixtures of the test kit, with the plugin `shout`."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm import ConversionError, hookspecs
from clm.builder import Outcome
from clm.testing import (
    Fault,
    InjectFaults,
    MakeProject,
    RunJob,
    RunJobs,
    faulty_plugin,
    messages,
    outcomes,
)
from clm.testing.installing import put_on_path, write_metadata


@pytest.fixture(autouse=True)
def _shout(shout: Path) -> None:
    """Install the plugin for every test."""


def test_course_built_from_files(course_project: MakeProject) -> None:
    course = course_project({"intro/one.shout": "hello", "loops/two.shout": "bye"})
    report = course.build()
    assert report.ok, messages(report)
    assert course.texts("one.txt") == {"HELLO"}
    assert course.texts("two.txt") == {"BYE"}


def test_files_named_by_course_path(course_project: MakeProject) -> None:
    course = course_project(
        {"intro/one.shout": "hello", "slides/module_100_tests/topic_100_intro/more.csv": "1"}
    )
    assert course.build().ok
    assert course.texts("more.csv") == {"1"}


def test_edited_file_rebuilt(course_project: MakeProject) -> None:
    course = course_project({"intro/one.shout": "hello"})
    course.build()
    course.add("intro/one.shout", "bye")
    assert outcomes(course.build()) == {"one.shout": Outcome.BUILT}
    course.remove("intro/one.shout")
    course.add("intro/two.shout", "bye")
    assert set(outcomes(course.build())) == {"two.shout"}


def test_job_runs_without_queue(run_job: RunJob) -> None:
    done = run_job("shout", {"intro/one.shout": "hello\n!warn careful\n"})
    assert done.ok
    assert done.outputs == {"text": b"HELLO\n"}
    assert done.said().endswith("careful")


def test_job_gets_dependency_outputs(run_job: RunJob) -> None:
    files = {"intro/one.shout": "hello\n!needs made.made\n", "intro/made.gen": "you\n"}
    assert run_job("shout", files).outputs == {"text": b"HELLO\nYOU\n"}


def test_several_jobs_run(run_jobs: RunJobs) -> None:
    done = run_jobs("shout", {"intro/one.shout": "hello", "loops/two.shout": "bye"})
    assert [conversion.outputs["text"] for conversion in done] == [b"HELLO", b"BYE"]


def test_author_mistake_distinguished_from_fault(run_job: RunJob) -> None:
    mistake = run_job("shout", {"intro/one.shout": "!error too loud\n"})
    fault = run_job("shout", {"intro/one.shout": "!raise oh\n"})
    unplanned = run_job("shout", {"intro/one.shout": "!cannot-plan\n"})
    assert isinstance(mistake.error, ConversionError)
    assert isinstance(fault.error, ZeroDivisionError)
    assert [c.ok for c in (mistake, fault, unplanned)] == [False] * 3
    assert [c.is_authors_mistake for c in (mistake, fault, unplanned)] == [True, False, False]


def test_missing_output_not_authors_mistake(run_job: RunJob) -> None:
    assert not run_job("shout", {"intro/one.shout": "!missing\n"}).is_authors_mistake


def test_cancelled_job_has_no_result(run_job: RunJob) -> None:
    done = run_job("shout", {"intro/one.shout": "hello"}, is_cancelled=lambda: True)
    assert (done.ok, done.outputs) == (False, {})


def test_missing_job_reported(run_job: RunJob) -> None:
    with pytest.raises(AssertionError, match="0 jobs instead of one"):
        run_job("gen", {"intro/one.shout": "hello"})


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault.RAISE, "ZeroDivisionError: an injected fault"),
        (Fault.TRANSIENT, "an injected transient fault"),
        (Fault.NO_OUTPUTS, "lacks the outputs ['text']"),
    ],
)
def test_injected_fault_fails_conversion(
    course_project: MakeProject, inject_faults: InjectFaults, fault: Fault, message: str
) -> None:
    faults = inject_faults("shout", "none", fault)
    course = course_project({"intro/one.shout": "hello", "intro/two.shout": "bye"})
    report = course.build()
    assert outcomes(report) == {"one.shout": Outcome.BUILT, "two.shout": Outcome.FAILED}
    assert message in messages(report)
    assert faults.conversions == 2


@pytest.mark.integration
def test_crashed_worker_replaced(course_project: MakeProject, inject_faults: InjectFaults) -> None:
    faults = inject_faults("shout", "crash-before", "crash-after")
    course = course_project({"intro/one.shout": "hello"}, backend="sqlite")
    report = course.build()
    assert report.ok, messages(report)
    assert course.texts("one.txt") == {"HELLO"}
    assert faults.conversions == 3


def test_other_job_types_unaffected(
    course_project: MakeProject, inject_faults: InjectFaults
) -> None:
    inject_faults("gen", "raise")
    course = course_project({"intro/one.shout": "hello"})
    assert course.build().ok


def test_faulty_plugin_has_every_hook() -> None:
    hooks = {name for name in vars(hookspecs) if name.startswith("clm_")}
    assert {name for name in vars(faulty_plugin) if name.startswith("clm_")} == hooks


def test_metadata_hides_installed_distribution(
    course_project: MakeProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_metadata(tmp_path / "other", "clm-plugin-shout", "2.0", {"shout": "nowhere"})
    put_on_path(monkeypatch, tmp_path / "other")
    course = course_project({"intro/one.shout": "hello"})
    assert "clm-plugin-shout 2.0" in messages(course.build())
