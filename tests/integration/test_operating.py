"""What operators do, with real builds, workers, pools and databases."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from clm_program import run_clm
from course_folder import ClmProcess, CourseFolder, messages, outcomes, until
from held_job import HeldJob

from clm.build import Outcome
from clm.database.queue_view import QueueView

pytestmark = pytest.mark.integration

Clm = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def clm(course: CourseFolder) -> Iterator[Clm]:
    """Runs the program in the course's folder; pools that it keeps end with the test."""

    run = partial(run_clm, cwd=course.path)
    course.own.mkdir()
    yield run
    if (course.own / "clm_jobs.db").exists():
        run("workers", "stop", "--yes")


def data(result: subprocess.CompletedProcess[str]) -> Any:
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def start_pool(clm: Clm, *arguments: str) -> Any:
    return data(clm("workers", "start", "--detach", "--json", "--type", "shout", *arguments))


def workers(course: CourseFolder, status: str | None = None) -> list[Any]:
    with QueueView(course.own / "clm_jobs.db") as view:
        return [w for w in view.workers() if status is None or w.status == status]


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def in_the_middle(course: CourseFolder, held: HeldJob) -> ClmProcess:
    """A build that is in the middle of a job."""
    course.add("intro/one.shout", held.source("one"))
    course.add("intro/two.shout", "two\n")
    run = course.start(jobs=1)
    held.await_begin()
    return run


# -- looking ------------------------------------------------------------------------------------


def test_all_commands_answer_while_a_build_runs(
    course: CourseFolder, clm: Clm, held: HeldJob
) -> None:
    run = in_the_middle(course, held)

    status = data(clm("status", "--json"))
    listed = data(clm("workers", "list", "--json"))["workers"]
    jobs = data(clm("jobs", "list", "--json", "--status", "processing"))["jobs"]
    shown = data(clm("jobs", "show", str(jobs[0]["id"]), "--json"))["job"]
    cache = data(clm("cache", "stats", "--json"))
    checked = data(clm("db", "check", "--json"))
    log = clm("workers", "logs", listed[0]["id"])
    held.let_go()

    assert run.finish()[0] == 0
    assert status["builds"]["running"] == 1
    assert status["workers"] == [{"type": "shout", "status": "busy", "count": 1}]
    assert (status["jobs"]["processing"], status["jobs"]["pending"]) == (1, 1)
    assert [worker["status"] for worker in listed] == ["busy"]
    assert shown["source"].endswith("one.shout")
    assert cache["entries"] == 0
    assert checked["ok"]
    assert log.returncode == 0


def test_the_last_errors_are_shown(course: CourseFolder, clm: Clm) -> None:
    course.add("intro/one.shout", "!error this is no text\n")
    course.build()

    result = clm("status")

    assert result.returncode == 0, result.stderr
    assert "this is no text" in result.stdout


# -- jobs ---------------------------------------------------------------------------------------


def test_a_cancelled_job_ends_and_the_others_go_on(
    course: CourseFolder, clm: Clm, held: HeldJob
) -> None:
    run = in_the_middle(course, held)
    (job,) = data(clm("jobs", "list", "--json", "--status", "processing"))["jobs"]

    assert clm("jobs", "cancel", str(job["id"])).returncode == 0
    code, _, _ = run.finish()

    assert code == 1
    assert course.texts("two.txt") == {"TWO\n"}
    assert course.texts("one.txt") == set()


def test_a_failed_job_is_tried_again_by_the_pool_and_the_next_build_has_its_result(
    course: CourseFolder, clm: Clm, tmp_path: Path
) -> None:
    tries = tmp_path / "tries"
    course.add("intro/one.shout", f"one\n!attempts 1\n!transient 1 {tries}\n")
    assert outcomes(course.build()) == {"one.shout": Outcome.FAILED}
    (job,) = data(clm("jobs", "list", "--json", "--status", "failed"))["jobs"]
    refused = clm("jobs", "retry", str(job["id"]))
    assert refused.returncode == 2
    assert "no pool of workers is kept" in refused.stderr

    start_pool(clm)
    assert clm("jobs", "retry", str(job["id"])).returncode == 0
    until(
        lambda: data(clm("jobs", "show", str(job["id"]), "--json"))["job"]["status"] == "completed",
        "the second try",
    )

    assert outcomes(course.build()) == {"one.shout": Outcome.CACHED}


# -- pools that are kept ------------------------------------------------------------------------


def test_builds_use_a_kept_pool_one_after_the_other(
    course: CourseFolder, clm: Clm, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    start_pool(clm)
    (worker,) = until(lambda: workers(course, "idle"), "a worker")

    for number in range(2):
        course.add(f"intro/{number}.shout", f"{number}\n!log {log}\n")
        assert course.build().ok

    assert log.read_text().splitlines() == [f"{worker.pid} {worker.id}"] * 2


def test_what_the_pool_does_not_serve_is_done_by_the_builds_own_workers(
    course: CourseFolder, clm: Clm, tmp_path: Path
) -> None:
    start_pool(clm)
    course.add("intro/made.gen", "generated\n")
    course.add("intro/one.shout", "one\n!needs made.made\n")

    report = course.build()

    assert report.ok, messages(report)
    assert course.texts("one.txt") == {"ONE\nGENERATED\n"}


def test_a_build_with_other_versions_starts_its_own_workers(
    course: CourseFolder, clm: Clm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    start_pool(clm)
    (worker,) = until(lambda: workers(course, "idle"), "a worker")
    course.add("intro/one.shout", f"one\n!log {log}\n")
    monkeypatch.setenv("CLM_SHOUT_FINGERPRINT", "shout 2")

    assert course.build().ok

    assert worker.id not in log.read_text()


def test_several_builds_share_a_pool(
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


def test_a_second_pool_for_the_same_builds_is_refused(course: CourseFolder, clm: Clm) -> None:
    start_pool(clm)

    result = clm("workers", "start", "--type", "shout")

    assert result.returncode == 2
    assert "a pool is there already" in result.stderr


def test_a_stopped_pool_leaves_nothing_behind(course: CourseFolder, clm: Clm) -> None:
    pool = start_pool(clm)
    (worker,) = until(lambda: workers(course, "idle"), "a worker")

    assert clm("workers", "stop", "--yes").returncode == 0

    assert gone(pool["pid"])
    until(lambda: gone(worker.pid), "the end of the worker")
    assert workers(course) == []
    assert course.job_folders() == []


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_build_goes_on_where_its_pool_ends_and_no_worker_stays(
    course: CourseFolder, clm: Clm, held: HeldJob, number: int
) -> None:
    pool = start_pool(clm)
    (worker,) = until(lambda: workers(course, "idle"), "a worker")
    run = in_the_middle(course, held)

    os.kill(pool["pid"], number)
    until(lambda: gone(worker.pid), "the end of the worker")
    held.let_go()
    code, _, err = run.finish()

    assert code == 0, err
    assert course.texts("one.txt") == {"ONE\n"}
    assert run.living() == []


def test_a_pool_whose_workers_do_not_start_leaves_the_job_type_to_the_builds(
    course: CourseFolder, clm: Clm
) -> None:
    data(clm("workers", "start", "--detach", "--json", "--type", "mute", "--type", "shout"))
    until(
        lambda: data(clm("status", "--json"))["pools"][0]["job_types"] == ["shout"],
        "the end of the tries",
    )
    course.add("intro/one.mute", "x")

    report = course.build()

    assert "plugin 'shout' for 'mute'" in messages(report)


def test_a_worker_is_replaced_when_an_operator_restarts_it(course: CourseFolder, clm: Clm) -> None:
    start_pool(clm)
    (first,) = until(lambda: workers(course, "idle"), "a worker")

    assert clm("workers", "restart", first.id, "--yes").returncode == 0

    (second,) = until(
        lambda: [w for w in workers(course, "idle") if w.id != first.id], "another worker"
    )
    assert gone(first.pid)
    assert second.job_type == "shout"


def test_workers_are_replaced_after_so_many_jobs(
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


# -- what is left behind ------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_a_stopped_worker_of_a_killed_build_is_ended_by_the_next(
    course: CourseFolder, held: HeldJob
) -> None:
    run = in_the_middle(course, held)
    (worker,) = workers(course, "busy")
    os.kill(worker.pid, signal.SIGSTOP)
    run.process.kill()
    run.process.communicate()
    assert not gone(worker.pid)
    held.let_go()

    report = course.build()

    assert report.ok, messages(report)
    until(lambda: gone(worker.pid), "the end of the stopped worker")


def test_a_damaged_cache_is_mended_by_the_next_build(
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


def test_the_cache_is_bounded_after_a_build(
    course: CourseFolder, clm: Clm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_CACHE_SIZE", "20kB")
    for number in range(20):
        course.add(f"intro/{number}.shout", f"text {number} " * 500)

    assert course.build().ok

    assert 0 < data(clm("cache", "stats", "--json"))["bytes"] <= 20_000


def test_only_the_last_builds_stay_in_the_queue(
    course: CourseFolder, clm: Clm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_KEPT_BUILDS", "2")
    for number in range(4):
        course.add("intro/one.shout", f"text {number}")
        course.build()

    # The build at hand and, from before it, so many.
    assert data(clm("status", "--json"))["builds"]["known"] == 3
