"""Record of the last build: written by every build, however it ends."""

from __future__ import annotations

import signal

import pytest

from clm.builder.outcome.last_build import load_last_build
from clm.builder.report import Outcome
from clm.errors import BuildStalledError

pytestmark = pytest.mark.integration


def test_job_time_and_worker_recorded(course):
    course.add("a/x.shout", "hello")
    report = course.build()
    record = load_last_build(course.own)
    (job,) = record.jobs
    assert (record.ok, job.outcome) == (True, Outcome.BUILT)
    assert job.worker.startswith("shout-")
    assert record.began <= job.started <= record.began + report.seconds
    assert job.seconds > 0


def test_unchanged_build_recorded(course):
    course.add("a/x.shout", "hello")
    course.build()
    before = course.mtimes(course.path / "output")
    course.build()
    assert [job.outcome for job in load_last_build(course.own).jobs] == [Outcome.SKIPPED]
    assert course.mtimes(course.path / "output") == before


def test_failure_message_recorded(course):
    course.add("a/x.shout", "!error no voice\n")
    course.build(backend="inline")
    record = load_last_build(course.own)
    (job,) = record.jobs
    assert (record.ok, job.outcome, job.worker) == (False, Outcome.FAILED, "")
    assert [d.message for d in job.diagnostics] == ["no voice"]
    assert job.started >= record.began


def test_interrupted_build_recorded(course, held):
    course.add("a/x.shout", held.source())
    running = course.start()
    held.await_begin()
    running.process.send_signal(signal.SIGINT)
    assert running.finish()[0] == 130
    assert load_last_build(course.own).interrupted


def test_stall_reason_recorded(course, tmp_path):
    course.add("a/x.shout", f"!wait-for {tmp_path / 'never'}\n")
    with pytest.raises(BuildStalledError):
        course.build(stall_limit=0.5)
    record = load_last_build(course.own)
    assert not record.ok
    assert "no progress" in record.stopped_by[0].message


def test_unwritable_record_is_warning(course):
    course.add("a/x.shout", "hello")
    (course.own / "last-build.json").mkdir(parents=True)
    report = course.build(backend="inline")
    assert report.ok
    assert "cannot write the record of this build" in report.problems[0].message
