"""When a job counts as hung."""

from __future__ import annotations

import pytest
from attrs import define, field

from clm.workers.worker.hang_detection import HangDetector


@define
class Looks:
    """Looks at a job every second; `used` is the CPU time since the one before."""

    limit: float = 10.0
    now: float = 100.0
    cpu_seconds: float = 7.0
    hang_detector: HangDetector = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.hang_detector = HangDetector(self.limit, longest=3.0, clock=lambda: self.now)
        self.hang_detector.begin()
        assert not self.look()

    def look(self, used: float = 0.0, *, seconds: float = 1.0) -> bool:
        self.now += seconds
        self.cpu_seconds += used
        return self.hang_detector.is_hung(self.cpu_seconds)


def test_idle_job_hangs_after_limit() -> None:
    looks = Looks()
    assert not any(looks.look() for _ in range(10))
    assert looks.look()


@pytest.mark.parametrize("used", [0.1, 1.0, -3.0])
def test_changing_cpu_time_prevents_hang(used: float) -> None:
    looks = Looks()
    assert not any(looks.look(used) for _ in range(30))


def test_minimal_cpu_use_is_idle() -> None:
    looks = Looks()
    assert any(looks.look(0.004) for _ in range(11))


def test_announced_wait_extends_limit() -> None:
    looks = Looks()
    with looks.hang_detector.waiting(20.0):
        assert not any(looks.look() for _ in range(30))
        assert looks.look()


def test_extension_ends_with_wait() -> None:
    looks = Looks()
    with looks.hang_detector.waiting(20.0):
        assert not any(looks.look() for _ in range(20))
    assert not any(looks.look() for _ in range(10))
    assert looks.look()


def test_unobserved_time_is_capped() -> None:
    looks = Looks()
    assert not looks.look(seconds=3600.0)
    assert looks.hang_detector.seconds == 3.0


def test_no_hang_without_limit() -> None:
    looks = Looks(limit=0.0)
    assert not any(looks.look() for _ in range(1000))


def test_next_job_resets_idle_time() -> None:
    looks = Looks()
    assert not any(looks.look() for _ in range(9))
    looks.hang_detector.begin()
    assert not any(looks.look() for _ in range(10))
