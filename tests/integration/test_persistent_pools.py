"""Persistent pools, and the builds that use them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder, messages, outcomes, until
from held_job import HeldJob
from operating import Clm, data, has_ended, start_held_build, start_pool, workers

from clm.builder import Outcome

pytestmark = pytest.mark.integration


def test_successive_builds_reuse_pool(course: CourseFolder, clm: Clm, tmp_path: Path) -> None:
    log = tmp_path / "log"
    start_pool(clm)
    (worker,) = until(lambda: workers(course, "idle"), "a worker")

    for number in range(2):
        course.add(f"intro/{number}.shout", f"{number}\n!log {log}\n")
        assert course.build().ok

    assert log.read_text().splitlines() == [f"{worker.pid} {worker.id}"] * 2


def test_unserved_job_type_uses_own_workers(course: CourseFolder, clm: Clm, tmp_path: Path) -> None:
    start_pool(clm)
    course.add("intro/made.gen", "generated\n")
    course.add("intro/one.shout", "one\n!needs made.made\n")

    report = course.build()

    assert report.ok, messages(report)
    assert course.texts("one.txt") == {"ONE\nGENERATED\n"}


def test_other_versions_use_own_workers(
    course: CourseFolder, clm: Clm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    start_pool(clm)
    (worker,) = until(lambda: workers(course, "idle"), "a worker")
    course.add("intro/one.shout", f"one\n!log {log}\n")
    monkeypatch.setenv("CLM_SHOUT_FINGERPRINT", "shout 2")

    assert course.build().ok

    assert worker.id not in log.read_text()


def test_concurrent_builds_share_pool(
    new_course: Callable[[str], CourseFolder], clm: Clm, course: CourseFolder
) -> None:
    start_pool(clm, "--jobs", "2")
    courses = [new_course(name) for name in ("first", "second")]
    for other in courses:
        for number in range(5):
            other.add(f"intro/{number}.shout", f"{other.path.name} {number}")

    database = str(course.own / "clm_jobs.db")
    ends = [run.finish() for run in [c.start("--db-path", database) for c in courses]]

    assert [code for code, _, _ in ends] == [0, 0], ends
    assert courses[1].texts("3.txt") == {"SECOND 3"}


def test_second_pool_is_refused(course: CourseFolder, clm: Clm) -> None:
    start_pool(clm)

    result = clm("workers", "start", "--type", "shout")

    assert result.returncode == 2
    assert "a persistent pool is already running" in result.stderr


def test_stopped_pool_leaves_nothing(course: CourseFolder, clm: Clm) -> None:
    pool = start_pool(clm)
    (worker,) = until(lambda: workers(course, "idle"), "a worker")

    assert clm("workers", "stop", "--yes").returncode == 0

    assert has_ended(pool["pid"])
    until(lambda: has_ended(worker.pid), "the end of the worker")
    assert workers(course) == []
    assert course.job_folders() == []


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_build_continues_after_pool_ends(
    course: CourseFolder, clm: Clm, held: HeldJob, number: int
) -> None:
    pool = start_pool(clm)
    (worker,) = until(lambda: workers(course, "idle"), "a worker")
    run = start_held_build(course, held)

    os.kill(pool["pid"], number)
    until(lambda: has_ended(worker.pid), "the end of the worker")
    held.release()
    code, _, err = run.finish()

    assert code == 0, err
    assert course.texts("one.txt") == {"ONE\n"}
    assert run.living() == []


def test_unstartable_job_type_left_to_builds(course: CourseFolder, clm: Clm) -> None:
    data(clm("workers", "start", "--detach", "--json", "--type", "mute", "--type", "shout"))
    until(
        lambda: data(clm("status", "--json"))["pools"][0]["job_types"] == ["shout"],
        "the last failed start",
    )
    course.add("intro/one.mute", "x")

    report = course.build()

    assert "plugin 'shout' for 'mute'" in messages(report)


def test_restart_replaces_worker(course: CourseFolder, clm: Clm) -> None:
    start_pool(clm)
    (first,) = until(lambda: workers(course, "idle"), "a worker")

    assert clm("workers", "restart", first.id, "--yes").returncode == 0

    (second,) = until(
        lambda: [w for w in workers(course, "idle") if w.id != first.id], "another worker"
    )
    assert has_ended(first.pid)
    assert second.job_type == "shout"


def test_pool_retries_failed_job(course: CourseFolder, clm: Clm, tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    course.add("intro/one.shout", f"one\n!attempts 1\n!transient 1 {tries}\n")
    assert outcomes(course.build()) == {"one.shout": Outcome.FAILED}
    (job,) = data(clm("jobs", "list", "--json", "--status", "failed"))["jobs"]
    refused = clm("jobs", "retry", str(job["id"]))
    assert refused.returncode == 2
    assert "no persistent pool is running" in refused.stderr

    start_pool(clm)
    assert clm("jobs", "retry", str(job["id"])).returncode == 0
    until(
        lambda: data(clm("jobs", "show", str(job["id"]), "--json"))["job"]["status"] == "completed",
        "the second try",
    )

    assert outcomes(course.build()) == {"one.shout": Outcome.CACHED}
