"""Operator commands during a build, and cleanup after builds."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from course_folder import CourseFolder, messages, until
from held_job import HeldJob
from operating import Clm, data, has_ended, start_held_build, workers

pytestmark = pytest.mark.integration


def test_commands_answer_during_build(course: CourseFolder, clm: Clm, held: HeldJob) -> None:
    run = start_held_build(course, held)

    status = data(clm("status", "--json"))
    listed = data(clm("workers", "list", "--json"))["workers"]
    jobs = data(clm("jobs", "list", "--json", "--status", "processing"))["jobs"]
    shown = data(clm("jobs", "show", str(jobs[0]["id"]), "--json"))["job"]
    cache = data(clm("cache", "stats", "--json"))
    checked = data(clm("db", "check", "--json"))
    log = clm("workers", "logs", listed[0]["id"])
    held.release()

    assert run.finish()[0] == 0
    assert status["builds"]["running"] == 1
    assert status["workers"] == [{"type": "shout", "status": "busy", "count": 1}]
    assert (status["jobs"]["processing"], status["jobs"]["pending"]) == (1, 1)
    assert [worker["status"] for worker in listed] == ["busy"]
    assert shown["source"].endswith("one.shout")
    assert cache["entries"] == 0
    assert checked["ok"]
    assert log.returncode == 0


def test_status_shows_last_errors(course: CourseFolder, clm: Clm) -> None:
    course.add("intro/one.shout", "!error this is no text\n")
    course.build()

    result = clm("status")

    assert result.returncode == 0, result.stderr
    assert "this is no text" in result.stdout


def test_cancelled_job_ends_alone(course: CourseFolder, clm: Clm, held: HeldJob) -> None:
    run = start_held_build(course, held)
    (job,) = data(clm("jobs", "list", "--json", "--status", "processing"))["jobs"]

    assert clm("jobs", "cancel", str(job["id"])).returncode == 0
    code, _, _ = run.finish()

    assert code == 1
    assert course.texts("two.txt") == {"TWO\n"}
    assert course.texts("one.txt") == set()


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_next_build_ends_stopped_orphan(course: CourseFolder, held: HeldJob) -> None:
    run = start_held_build(course, held)
    (worker,) = workers(course, "busy")
    os.kill(worker.pid, signal.SIGSTOP)
    run.process.kill()
    run.process.communicate()
    assert not has_ended(worker.pid)
    held.release()

    report = course.build()

    assert report.ok, messages(report)
    until(lambda: has_ended(worker.pid), "the end of the stopped worker")


def test_next_build_repairs_damaged_cache(
    course: CourseFolder, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(20):
        course.add(f"intro/{number}.shout", f"text {number} " * 500)
    assert course.build().ok
    before = course.outputs()
    path = course.own / "clm_cache.db"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (course.own / "clm_outputs.db").write_bytes(bytes(5000))

    report = course.build()

    assert report.ok, messages(report)
    assert course.outputs() == before
    (aside,) = [p for p in course.own.glob("clm_cache.db.damaged-*")]
    assert str(aside) in caplog.text
    assert list(course.own.glob("clm_outputs.db.damaged-*"))


def test_workers_recycled_after_job_limit(
    course: CourseFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_WORKER_JOBS", "2")
    log = tmp_path / "log"
    for number in range(5):
        course.add(f"intro/{number}.shout", f"{number}\n!log {log}\n")

    report = course.build()

    assert report.ok, messages(report)
    used = [line.split()[1] for line in log.read_text().splitlines()]
    assert len(used) == 5
    assert max(used.count(worker) for worker in used) == 2


def test_cache_bounded_after_build(
    course: CourseFolder, clm: Clm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_CACHE_SIZE", "20kB")
    for number in range(20):
        course.add(f"intro/{number}.shout", f"text {number} " * 500)

    assert course.build().ok

    assert 0 < data(clm("cache", "stats", "--json"))["bytes"] <= 20_000


def test_queue_keeps_last_builds(
    course: CourseFolder, clm: Clm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_KEPT_BUILDS", "2")
    for number in range(4):
        course.add("intro/one.shout", f"text {number}")
        course.build()

    # The current build and two earlier ones.
    assert data(clm("status", "--json"))["builds"]["known"] == 3
