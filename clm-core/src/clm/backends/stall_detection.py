"""Stall detection for builds, in place of a fixed limit on their duration."""

from __future__ import annotations

import time
from collections.abc import Callable

_WINDOWS = 4
_CPU_SHARE = 0.05  # of one core: polling uses far less, a running converter far more


class StallDetector:
    """Measures how long no job has started or ended while the workers were idle."""

    def __init__(self, limit: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._moved_at = self._window_began = clock()
        self._cpu_seconds = 0.0

    def is_stalled(self, moved: bool, cpu_seconds: float) -> bool:
        """Whether there was no progress within the limit.

        `moved`: whether a job started, progressed or ended since the last call; `cpu_seconds`:
        CPU time that the workers have used so far, which may fall when one ends.
        """
        now = self._clock()
        if moved:
            self._moved_at = now
        window = now - self._window_began
        if window >= self._limit / _WINDOWS:
            if abs(cpu_seconds - self._cpu_seconds) > _CPU_SHARE * window:
                self._moved_at = now
            self._window_began, self._cpu_seconds = now, cpu_seconds
        return now - self._moved_at > self._limit
