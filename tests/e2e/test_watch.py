"""Events and termination of `clm watch` in a separate process."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from course_folder import ClmProcess, CourseFolder
from held_job import HeldJob
from watching import TREES

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT"),
]


@pytest.fixture(params=TREES)
def course(request: pytest.FixtureRequest, course: CourseFolder) -> CourseFolder:
    course.output_targets = request.param
    return course


def events(running: ClmProcess) -> Iterator[dict[str, Any]]:
    assert running.process.stdout is not None
    return (json.loads(line) for line in running.process.stdout)


def await_event(lines: Iterator[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(event for event in lines if event["event"] == name)


@pytest.mark.parametrize("arguments", [("watch", ()), ("build", ("--watch",))])
def test_events_report_changes_and_results(
    course: CourseFolder, arguments: tuple[str, tuple[str, ...]]
) -> None:
    one = course.add("intro/one.shout", "first\n")
    command, more = arguments
    running = course.start("--json", *more, command=command)
    lines = events(running)
    assert await_event(lines, "changed")["paths"] == []
    assert await_event(lines, "summary")["built"] == 1

    one.write_text("second\n")

    assert await_event(lines, "changed")["paths"] == [str(one)]
    assert await_event(lines, "job-finished")["outcome"] == "built"
    assert await_event(lines, "summary")["ok"]
    course.spec.write_text("name: [")
    assert await_event(lines, "error")["diagnostics"]


@pytest.mark.parametrize("busy", [False, True])
def test_ctrl_c_ends_all_workers(course: CourseFolder, held: HeldJob, busy: bool) -> None:
    one = course.add("intro/one.shout", "first\n")
    running = course.start("--json", command="watch")
    lines = events(running)
    await_event(lines, "summary")
    assert running.workers()
    if busy:
        one.write_text(held.source())
        held.await_begin()

    running.process.send_signal(signal.SIGINT)
    # The target is two seconds on an idle machine.
    code, _, err = running.finish(seconds=20)

    assert (code, err) == (0, "")
    assert not running.living()
