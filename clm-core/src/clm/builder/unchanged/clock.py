"""The time at which a command began, before it read any file."""

from __future__ import annotations

import time

from attrs import frozen

# On file systems with coarse timestamps, a file may be written again within this time without a
# new timestamp.
_RACY_NS = 2_000_000_000
_SET_NS = 1_000_000_000  # by which the two clocks may differ


@frozen(repr=False)
class Clock:
    """The beginning of a command, by both clocks of the system."""

    time_ns: int
    monotonic_ns: int

    @classmethod
    def now(cls) -> Clock:
        return cls(time.time_ns(), time.monotonic_ns())

    @property
    def time(self) -> float:
        """The beginning, in seconds since the epoch."""
        return self.time_ns / 1e9

    @property
    def seconds(self) -> float:
        """The seconds since then."""
        return (time.monotonic_ns() - self.monotonic_ns) / 1e9

    def may_precede(self, time_ns: int) -> bool:
        """Whether what has this timestamp may have changed since; also if the time was set."""
        passed = time.monotonic_ns() - self.monotonic_ns
        was_set = abs(time.time_ns() - self.time_ns - passed) > _SET_NS
        return was_set or time_ns > self.time_ns - _RACY_NS
