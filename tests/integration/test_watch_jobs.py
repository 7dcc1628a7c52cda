"""Jobs of a watched course that are running when the next change occurs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from course_folder import CourseFolder, until
from held_job import HeldJob
from watching import TREES, Watching

from clm.database.queue.job_queue import JobQueue

pytestmark = pytest.mark.integration


@pytest.fixture(params=TREES)
def course(request: pytest.FixtureRequest, course: CourseFolder) -> CourseFolder:
    course.output_targets = request.param
    return course


def holds(course: CourseFolder, name: str, text: str) -> bool:
    return course.texts(name) == {text}


def is_queued(course: CourseFolder, name: str) -> bool:
    with JobQueue(course.own / "clm_jobs.db", create=False) as queue:
        sources = queue.connection.execute("SELECT source FROM jobs").fetchall()
    return any(source.endswith(f"/{name}") for (source,) in sources)


@pytest.fixture
def one(course: CourseFolder) -> Path:
    return course.add("intro/one.shout", "first\n")


def test_superseded_job_is_cancelled(course: CourseFolder, one: Path, held: HeldJob) -> None:
    with Watching(course, {"backend": "sqlite"}) as watching:
        watching.report()

        one.write_text(held.source("old"))
        held.await_begin()
        one.write_text("new\n")

        watching.until(lambda: course.texts("one.txt") == {"NEW\n"})


def test_unrelated_edit_keeps_job_running(course: CourseFolder, one: Path, held: HeldJob) -> None:
    two = course.add("loops/two.shout", "one\n")
    with Watching(course, {"backend": "sqlite", "jobs": 2}) as watching:
        watching.report()

        one.write_text(held.source("long"))
        held.await_begin()
        two.write_text("two\n")
        assert watching.any_end().superseded
        until(lambda: course.texts("two.txt") == {"TWO\n"}, "the other job")
        held.release()

        watching.until(lambda: course.texts("one.txt") == {"LONG\n"})
        assert len(held.tries()) == 1


def test_last_request_done_first(
    course: CourseFolder, one: Path, held: HeldJob, tmp_path: Path
) -> None:
    with Watching(course, {"backend": "sqlite"}) as watching:
        watching.report()
        one.write_text(held.source("long"))
        held.await_begin()

        for name in ("a", "b", "c"):
            text = f"{name}\n!log {tmp_path / name}\n!burn 0.05\n"
            (one.parent / f"{name}.shout").write_text(text)
            until(partial(is_queued, course, f"{name}.shout"), "the job in the queue")
        held.release()

        watching.until(lambda: course.texts("a.txt") == {"A\n"})
        done_at = {name: (tmp_path / name).stat().st_mtime_ns for name in ("a", "b", "c")}
        assert sorted(done_at, key=lambda name: done_at[name]) == ["c", "b", "a"]


def test_workers_reused_between_builds(course: CourseFolder, one: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Watching(course, {"backend": "sqlite"}) as watching:
        watching.report()
        for text in ("a", "b", "c"):
            one.write_text(f"{text}\n!log {log}\n")
            watching.until(partial(holds, course, "one.txt", f"{text.upper()}\n"))

    assert len(set(log.read_text().splitlines())) == 1
