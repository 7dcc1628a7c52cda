"""When a job counts as hung."""

from __future__ import annotations

import pytest
from attrs import define, field

from clm.workers.worker.hang_detection import Stillness


@define
class Looks:
    """Looks at a job every second; `used` is the CPU time since the one before."""

    limit: float = 10.0
    now: float = 100.0
    cpu_seconds: float = 7.0
    stillness: Stillness = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.stillness = Stillness(self.limit, longest=3.0, clock=lambda: self.now)
        self.stillness.begin()
        assert not self.look()

    def look(self, used: float = 0.0, *, seconds: float = 1.0) -> bool:
        self.now += seconds
        self.cpu_seconds += used
        return self.stillness.is_too_long(self.cpu_seconds)


def test_a_job_that_does_nothing_for_the_limit_hangs() -> None:
    looks = Looks()
    assert not any(looks.look() for _ in range(10))
    assert looks.look()


@pytest.mark.parametrize("used", [0.1, 1.0, -3.0])
def test_a_job_at_work_does_not_hang_nor_one_whose_child_has_ended(used: float) -> None:
    looks = Looks()
    assert not any(looks.look(used) for _ in range(30))


def test_idle_tools_are_not_at_work() -> None:
    looks = Looks()
    assert any(looks.look(0.004) for _ in range(11))


def test_a_job_may_wait_on_top_of_the_limit_for_as_long_as_it_says() -> None:
    looks = Looks()
    with looks.stillness.waiting(20.0):
        assert not any(looks.look() for _ in range(30))
        assert looks.look()


def test_what_was_announced_ends_with_the_wait() -> None:
    looks = Looks()
    with looks.stillness.waiting(20.0):
        assert not any(looks.look() for _ in range(20))
    assert not any(looks.look() for _ in range(10))
    assert looks.look()


def test_time_in_which_nobody_looked_hardly_counts() -> None:
    looks = Looks()
    assert not looks.look(seconds=3600.0)
    assert looks.stillness.seconds == 3.0


def test_without_a_limit_nothing_hangs() -> None:
    looks = Looks(limit=0.0)
    assert not any(looks.look() for _ in range(1000))


def test_the_next_job_begins_anew() -> None:
    looks = Looks()
    assert not any(looks.look() for _ in range(9))
    looks.stillness.begin()
    assert not any(looks.look() for _ in range(10))
