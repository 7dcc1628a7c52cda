"""Hung jobs in real workers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from course_folder import CourseFolder

pytestmark = pytest.mark.integration

SOON: Mapping[str, str] = {"CLM_HUNG_AFTER": "0.8s"}


def test_hung_job_is_retried(course: CourseFolder, tmp_path: Path) -> None:
    log = tmp_path / "log"
    course.add("intro/one.shout", f"x\n!hang 1 {log}\n")

    run = course.start(environ=SOON)
    code, _, err = run.finish()

    assert code == 0, err
    assert course.texts("one.txt") == {"X\n"}
    first, second = log.read_text().split()
    assert first != second
    assert run.living() == []


def test_always_hung_job_fails_alone(course: CourseFolder, tmp_path: Path) -> None:
    # More attempts than the failed starts after which a pool is broken.
    course.add("intro/one.shout", f"!attempts 4\n!hang 9 {tmp_path / 'log'}\nx\n")
    for number in range(3):
        course.add(f"intro/other{number}.shout", "other")

    run = course.start(environ=SOON, jobs=1)
    code, _, err = run.finish()

    assert code == 1
    words = " ".join(err.split())
    assert "intro/one.shout" in words
    assert "the 'shout' job hung (attempt 4)" in words
    assert "idle for 0.8 seconds" in words
    assert "CLM_HUNG_AFTER" in words
    assert len((tmp_path / "log").read_text().splitlines()) == 4
    assert all(course.texts(f"other{number}.txt") == {"OTHER"} for number in range(3))
    assert run.living() == []


def test_log_shows_where_job_hung(course: CourseFolder, tmp_path: Path) -> None:
    course.add("intro/one.shout", f"!attempts 1\n!hang 9 {tmp_path / 'log'}\nx\n")

    course.start(environ=SOON).finish()

    logs = "".join(path.read_text() for path in (course.own / "logs").glob("shout-*.log"))
    assert "in _hang" in logs


@pytest.mark.parametrize("order", ["!announced 2", "!burn 2"])
def test_announced_or_busy_job_continues(course: CourseFolder, order: str) -> None:
    course.add("intro/one.shout", f"!attempts 1\n{order}\nx\n")

    code, _, err = course.start(environ=SOON).finish()

    assert code == 0, err


def test_worker_hung_at_start_named(course: CourseFolder) -> None:
    course.add("intro/one.asleep", "x")
    course.add("intro/two.shout", "two")

    run = course.start(environ=SOON)
    code, _, err = run.finish()

    assert code == 1
    assert "hung during its start" in " ".join(err.split())
    assert course.texts("two.txt") == {"TWO"}
    assert run.living() == []


def test_invalid_hung_limit_refused(course: CourseFolder) -> None:
    course.add("intro/one.shout", "x")

    code, _, err = course.start(environ={"CLM_HUNG_AFTER": "soon"}).finish()

    assert code == 2
    assert "CLM_HUNG_AFTER" in err
