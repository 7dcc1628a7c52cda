"""Hang detection."""

from __future__ import annotations

import pytest
from attrs import define, field

from clm.workers.worker.hang_detection import HangDetector


@define
class Checks:
    """Checks a job every second; `used` is the CPU time since the previous check."""

    limit: float = 10.0
    now: float = 100.0
    cpu_seconds: float = 7.0
    hang_detector: HangDetector = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.hang_detector = HangDetector(self.limit, longest=3.0, clock=lambda: self.now)
        self.hang_detector.begin()
        assert not self.check()

    def check(self, used: float = 0.0, *, seconds: float = 1.0) -> bool:
        self.now += seconds
        self.cpu_seconds += used
        return self.hang_detector.is_hung(self.cpu_seconds)


def test_idle_job_hangs_after_limit() -> None:
    checks = Checks()
    assert not any(checks.check() for _ in range(10))
    assert checks.check()


def test_busy_job_is_overdue_after_limit() -> None:
    checks = Checks()
    checks.hang_detector.begin(5.0)
    for _ in range(4):
        assert not checks.check(1.0) and not checks.hang_detector.is_overdue
    assert not checks.check(1.0)
    assert checks.hang_detector.is_overdue


def test_suspended_machine_is_not_overdue() -> None:
    checks = Checks()
    checks.hang_detector.begin(5.0)
    checks.check(1.0, seconds=1000.0)
    assert not checks.hang_detector.is_overdue


def test_next_job_has_its_whole_time() -> None:
    checks = Checks()
    checks.hang_detector.begin(2.0)
    checks.check(1.0, seconds=2.0)
    assert checks.hang_detector.is_overdue
    checks.hang_detector.begin(2.0)
    assert not checks.hang_detector.is_overdue


@pytest.mark.parametrize("used", [0.1, 1.0, -3.0])
def test_changing_cpu_time_prevents_hang(used: float) -> None:
    checks = Checks()
    assert not any(checks.check(used) for _ in range(30))


def test_minimal_cpu_use_is_idle() -> None:
    checks = Checks()
    assert any(checks.check(0.004) for _ in range(11))


def test_announced_wait_extends_limit() -> None:
    checks = Checks()
    with checks.hang_detector.waiting(20.0):
        assert not any(checks.check() for _ in range(30))
        assert checks.check()


def test_extension_ends_with_wait() -> None:
    checks = Checks()
    with checks.hang_detector.waiting(20.0):
        assert not any(checks.check() for _ in range(20))
    assert not any(checks.check() for _ in range(10))
    assert checks.check()


def test_unobserved_time_is_capped() -> None:
    checks = Checks()
    assert not checks.check(seconds=3600.0)
    assert checks.hang_detector.seconds == 3.0


def test_no_hang_without_limit() -> None:
    checks = Checks(limit=0.0)
    assert not any(checks.check() for _ in range(1000))


def test_next_job_resets_idle_time() -> None:
    checks = Checks()
    assert not any(checks.check() for _ in range(9))
    checks.hang_detector.begin()
    assert not any(checks.check() for _ in range(10))


def test_stopped_process_ends_allowance() -> None:
    checks = Checks()
    with checks.hang_detector.waiting(1_000.0):
        assert not any(checks.check() for _ in range(11))
        checks.now += 1.0
        assert checks.hang_detector.is_hung(checks.cpu_seconds, is_stopped=True)
