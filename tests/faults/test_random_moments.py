"""Faults of every kind at random moments of builds of a real course.

`pytest -rP` shows the faults of each build.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

import pytest
from fault_injection import DISK_SIZE, LEASE_SECONDS, Injection, folder_of
from fault_rounds import Round, Target
from fault_tally import Tally
from process_clock import ProcessClock
from real_course import Content, RealCourse, finish
from small_disk import SmallDisks

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name == "nt", reason="POSIX signals"),
]

_ATTEMPTS = 4


def test_build_recovers_from_random_faults(
    faults: Round,
    tally: Tally,
    request: pytest.FixtureRequest,
    clean_outputs: Callable[[Content], dict[str, bytes]],
    begin_round: Callable[[], None],
    new_injection: Callable[[Round], Injection],
) -> None:
    begin_round()
    expected = clean_outputs(faults.content)
    injection, code, output = _injected(faults, new_injection)
    course = injection.course
    ended = time.monotonic()
    tally.rounds += 1
    for fault, moment in injection.hits:
        tally.hit(str(fault), ended - moment, faults.number)
        text = f"{fault} after {fault.delay:.2f} s, {ended - moment:.1f} s before the end"
        request.node.add_report_section("call", "faults", text)

    complete = all(
        path.endswith(".clm-tmp") or data == expected[path]
        for path, data in course.outputs().items()
    )
    _check(tally, "incomplete files", complete, output)
    if not any(fault.may_end_build for fault, _ in injection.hits):
        _check(tally, "lost", code == 0 and course.outputs().keys() == expected.keys(), output)
    assert "Traceback" not in output

    code, output = course.build()
    _check(tally, "lost", code == 0, output)
    _check(tally, "differing", course.outputs() == expected, output)
    _end_pool(course, faults)
    course.await_end_of_all()
    _check(tally, "left over", course.leftovers() == [], str(course.leftovers()))
    tally.survived += len(injection.hits)
    if missing := injection.disks.missing:
        pytest.skip(f"survived all but a full disk: {missing}")


@pytest.fixture
def new_injection(
    real_course: Callable[[Content], RealCourse], disks: SmallDisks, clock: ProcessClock
) -> Callable[[Round], Injection]:
    """Starts a build that a round of faults can hit."""

    def start(faults: Round) -> Injection:
        course = real_course(faults.content)
        course.environment.update(clock.environment())
        for target in faults.targets:
            if target.is_disk:
                disks.mount(folder_of(target, course), DISK_SIZE)
        return Injection(course, _start(faults, course), disks, clock)

    return start


def _injected(
    faults: Round, new_injection: Callable[[Round], Injection]
) -> tuple[Injection, int, str]:
    """Starts builds until one is hit; returns it with its exit code and output.

    After a build that ended before all faults, they come earlier.
    """
    for attempt in range(_ATTEMPTS):
        injection = new_injection(faults)
        injection.run(faults.hastened(2**attempt).faults)
        code, output = finish(injection.build)
        if injection.hits:
            return injection, code, output
        _end_pool(injection.course, faults)
    raise AssertionError(f"no build lasted until one of {faults}")


def _check(tally: Tally, what: str, holds: bool, output: str) -> None:
    tally.faults[what] += not holds
    assert holds, f"{what}\n{output}"


def _start(faults: Round, course: RealCourse) -> subprocess.Popen[str]:
    if Target.POOL_MANAGER in faults.targets:
        lease = ("--lease-seconds", str(LEASE_SECONDS)) if faults.has_stop else ()
        course.start_pool(*lease)
    if faults.has_stop:
        return course.start_build_with_lease(LEASE_SECONDS)
    return course.start_build()


def _end_pool(course: RealCourse, faults: Round) -> None:
    if Target.POOL_MANAGER in faults.targets:
        finish(course.start("workers", "stop", "--yes"))
