"""Signals to every kind of process at random moments of builds of a real course."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

import pytest
from fault_injection import LEASE_SECONDS, Blow, Fault, Tally, Target, inject
from real_course import Content, RealCourse, finish

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name == "nt", reason="POSIX signals"),
]

_ATTEMPTS = 6


def test_build_recovers_from_random_fault(
    fault: Fault,
    tally: Tally,
    real_course: Callable[[Content], RealCourse],
    clean_outputs: Callable[[Content], dict[str, bytes]],
) -> None:
    expected = clean_outputs(fault.content)
    course, code, output = _hit_build(fault, real_course, tally)
    outputs = course.outputs().items()
    complete = all(p.endswith(".clm-tmp") or data == expected[p] for p, data in outputs)
    _check(tally, "incomplete files", complete, output)
    if not fault.ends_the_build:
        _check(tally, "lost", code == 0 and course.outputs().keys() == expected.keys(), output)

    code, output = course.build()
    _check(tally, "lost", code == 0, output)
    _check(tally, "differing", course.outputs() == expected, output)
    _end_pool(course, fault)
    course.await_end_of_all()
    _check(tally, "left over", course.leftovers() == [], str(course.leftovers()))
    tally.survived += 1


def _check(tally: Tally, what: str, holds: bool, output: str) -> None:
    tally.faults[what] += not holds
    assert holds, f"{what}\n{output}"


def _hit_build(
    fault: Fault, real_course: Callable[[Content], RealCourse], tally: Tally
) -> tuple[RealCourse, int, str]:
    """Starts builds until one is hit; returns it with its exit code and output."""
    for attempt in range(_ATTEMPTS):
        course = real_course(fault.content)
        build = _start(fault, course)
        hit = inject(fault, course, build, haste=2.0**attempt)
        began = time.monotonic()
        code, output = finish(build)
        if hit:
            tally.hit(fault, time.monotonic() - began)
            if fault.ends_the_build:
                course.await_end_of_all()
            return course, code, output
        _end_pool(course, fault)
    raise AssertionError(f"no build lasted until {fault}")


def _start(fault: Fault, course: RealCourse) -> subprocess.Popen[str]:
    stops = fault.blow is Blow.STOP
    if fault.target is Target.POOL_MANAGER:
        course.start_pool(*(("--lease-seconds", str(LEASE_SECONDS)) if stops else ()))
    return course.start_build_with_lease(LEASE_SECONDS) if stops else course.start_build()


def _end_pool(course: RealCourse, fault: Fault) -> None:
    if fault.target is Target.POOL_MANAGER:
        finish(course.start("workers", "stop", "--yes"))
