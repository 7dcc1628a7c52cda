"""Stall detection."""

from __future__ import annotations

from collections.abc import Iterable

from clm.backends.stall_detection import StallDetector


def stalled_at(moments: Iterable[float], *, cpu_share: float = 0.0, moved: float = -1) -> float:
    """The first of the moments at which the build is stalled, with a limit of 100 s; 0 for none."""
    now = 0.0
    stall_detector = StallDetector(100.0, clock=lambda: now)
    for moment in moments:
        now = moment
        if stall_detector.is_stalled(moment == moved, cpu_share * moment):
            return moment
    return 0.0


def test_no_movement_means_stall() -> None:
    assert stalled_at(range(1, 500)) == 101


def test_job_change_is_movement() -> None:
    assert stalled_at(range(1, 500), moved=60) == 161


def test_cpu_time_is_movement() -> None:
    assert stalled_at(range(1, 5000), cpu_share=0.5) == 0


def test_heartbeat_cpu_time_not_movement() -> None:
    assert stalled_at(range(1, 500), cpu_share=0.02) == 101


def test_cpu_time_drop_counts_once() -> None:
    now = 0.0
    stall_detector = StallDetector(100.0, clock=lambda: now)
    for moment in range(1, 500):
        now = moment
        if stall_detector.is_stalled(False, 1000.0 if moment < 50 else 0.0):
            break

    assert 150 <= now <= 180


def test_movement_seen_after_suspend() -> None:
    assert stalled_at([1, 2, 10_000], cpu_share=0.5) == 0
    assert stalled_at([1, 2, 10_000]) == 10_000
