"""Jumps of the wall clock in all processes of a build."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder, messages, outcomes
from fault_tally import Tally
from held_job import HeldJob
from process_clock import ProcessClock

from clm.builder import Outcome

pytestmark = pytest.mark.faults

_DAY = 86_400


@pytest.fixture
def set_clock(
    clock: ProcessClock, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int], None]:
    """Shifts the clock of all started processes by a number of seconds."""
    for name, value in clock.environment().items():
        monkeypatch.setenv(name, value)
    return clock.set


@pytest.mark.parametrize("jumps", [[3], [-3], [400, -400]])
def test_clock_jump_repeats_no_job(
    course: CourseFolder,
    held: HeldJob,
    set_clock: Callable[[int], None],
    tally: Tally,
    jumps: list[int],
) -> None:
    course.add("intro/one.shout", held.source("one"))
    course.add("intro/two.shout", held.source("two"))
    run = course.start("--json", jobs=1)
    held.await_begin()

    for days in jumps:
        set_clock(days * _DAY)
        tally.injected += 1
    held.release()
    code, out, err = run.finish()

    assert code == 0, (out, err)
    assert len(held.tries()) == 2
    assert course.texts("one.txt") == {"ONE\n"}
    ends = [json.loads(line) for line in out.splitlines()]
    assert all(end.get("seconds", 0) >= 0 for end in ends)
    tally.survived += len(jumps)


def test_clock_shift_causes_no_rebuild(
    course: CourseFolder, set_clock: Callable[[int], None], tally: Tally
) -> None:
    course.add("intro/one.shout", "one")
    for days in (400, -400):
        set_clock(days * _DAY)
        tally.injected += 1
        code, out, err = course.start().finish()
        assert code == 0, (out, err)
        tally.survived += 1
    set_clock(0)

    report = course.build()

    assert report.ok, messages(report)
    assert outcomes(report) == {"one.shout": Outcome.SKIPPED}
