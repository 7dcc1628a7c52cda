"""Builds whose jobs take long, stand still, or run beside other builds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder, messages, outcomes
from held_job import HeldJob

from clm.builder import BuildReport, Outcome
from clm.errors import BuildStalledError, UsageError

pytestmark = pytest.mark.integration


def test_stalled_build_is_stopped(course: CourseFolder, tmp_path: Path) -> None:
    course.add("intro/hangs.shout", f"!wait-for {tmp_path / 'never'}\n")

    with pytest.raises(BuildStalledError) as caught:
        course.build(stall_limit=1.0)

    assert "no progress for 1 seconds at" in str(caught.value)
    assert "hangs.shout" in str(caught.value)
    assert course.job_folders() == []


def test_busy_build_is_not_stopped(course: CourseFolder) -> None:
    course.add("intro/computes.shout", "x\n!burn 2.5\n")

    report = course.build(stall_limit=0.8)

    assert outcomes(report) == {"computes.shout": Outcome.BUILT}
    assert report.jobs[0].seconds > 0.8


def test_concurrent_builds_of_one_course(course: CourseFolder, tmp_path: Path) -> None:
    for number in range(6):
        course.add(f"intro/{number}.shout", f"text {number}\n!needs made.made\n")
    course.add("intro/made.gen", "generated\n")
    course.add("intro/data.csv", "1")

    builds = [course.start() for _ in range(2)]
    ends = [build.finish() for build in builds]

    assert [code for code, _, _ in ends] == [0, 0], ends
    for number in range(6):
        assert course.texts(f"{number}.txt") == {f"TEXT {number}\nGENERATED\n"}
    assert not [path for path in course.outputs() if path.endswith("clm-tmp")]
    assert course.job_folders() == []
    again = course.build()
    assert set(outcomes(again).values()) == {Outcome.SKIPPED}, messages(again)


def test_two_courses_share_database(
    new_course: Callable[[str], CourseFolder], tmp_path: Path
) -> None:
    courses = [new_course(name) for name in ("first", "second")]
    for course in courses:
        course.add("intro/one.shout", f"{course.path.name}")
        course.add("intro/same.shout", "same")

    builds = [c.start("--db-path", str(tmp_path / "db" / "shared.db")) for c in courses]
    ends = [build.finish() for build in builds]

    assert [code for code, _, _ in ends] == [0, 0], ends
    assert [c.texts("one.txt") for c in courses] == [{"FIRST"}, {"SECOND"}]
    assert [c.texts("same.txt") for c in courses] == [{"SAME"}] * 2


def test_db_path_from_environment(course: CourseFolder, tmp_path: Path) -> None:
    course.add("intro/one.shout", "x")

    code, _, err = course.start(environ={"CLM_DB_PATH": str(tmp_path / "env.db")}).finish()

    assert code == 0, err
    assert (tmp_path / "env.db").is_file()


def test_database_in_use_not_reset(course: CourseFolder, held: HeldJob) -> None:
    course.add("intro/one.shout", held.source())
    running = course.start()
    held.await_begin()

    with pytest.raises(UsageError, match="in use by another build"):
        course.build(force_db_init=True)

    held.release()
    assert running.finish()[0] == 0


def test_build_outside_main_thread(course: CourseFolder) -> None:
    course.add("intro/one.shout", "x")
    reports: list[BuildReport] = []

    for backend in ("inline", "sqlite"):
        thread = threading.Thread(
            target=lambda name=backend: reports.append(course.build(backend=name, ignore_db=True))
        )
        thread.start()
        thread.join()

    assert [report.ok for report in reports] == [True, True]


@pytest.mark.parametrize("backend", ["inline", "sqlite"])
def test_converter_runs_own_event_loop(course: CourseFolder, backend: str) -> None:
    course.add("intro/one.shout", "x\n!loop now\n")
    course.add("intro/two.shout", "y\n!loop now\n")

    assert course.build(backend=backend).ok


def test_workers_do_each_job_once(course: CourseFolder, tmp_path: Path) -> None:
    log = tmp_path / "log"
    for number in range(60):
        course.add(f"intro/{number}.shout", f"{number}\n!log {log}\n")

    assert course.build(jobs=2).ok

    assert len(log.read_text().splitlines()) == 60
    assert len({line.split()[0] for line in log.read_text().splitlines()}) == 2


def test_old_logs_are_removed(course: CourseFolder) -> None:
    course.add("intro/one.shout", "x")
    logs = course.own / "logs"
    logs.mkdir(parents=True)
    for number in range(250):
        (logs / f"shout-{number}.log").touch()

    course.build()

    assert len(list(logs.iterdir())) == 201
