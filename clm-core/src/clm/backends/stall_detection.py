"""Noticing that a build has come to a halt, in place of a flat limit of its time."""

from __future__ import annotations

import time
from collections.abc import Callable

_WINDOWS = 4
_CPU_SHARE = 0.05  # of one core: polling uses far less, a converter at work far more


class StallDetector:
    """Knows since when no job began or ended and the workers used no CPU time to speak of."""

    def __init__(self, limit: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._last = self._window_began = clock()
        self._cpu_seconds = 0.0

    def is_stalled(self, moved: bool, cpu_seconds: float) -> bool:
        """Whether nothing has moved for the limit.

        `moved`: whether a job began or ended since the last call; `cpu_seconds`: what the
        workers have used so far, which may fall when one ends.
        """
        now = self._clock()
        if moved:
            self._last = now
        window = now - self._window_began
        if window >= self._limit / _WINDOWS:
            if abs(cpu_seconds - self._cpu_seconds) > _CPU_SHARE * window:
                self._last = now
            self._window_began, self._cpu_seconds = now, cpu_seconds
        return now - self._last > self._limit
