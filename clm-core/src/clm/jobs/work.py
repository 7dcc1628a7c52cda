"""The time and the progress of a job."""

from __future__ import annotations

import math

from attrs import frozen

from clm.utf8 import escaped

_LONGEST = 200


@frozen(repr=False)
class Work:
    """The time that a worker spent on a job; all zero if no worker ran it.

    `started` is in seconds since the epoch; `worker` is the worker's id, `""` if the job ran in
    the build process.
    """

    seconds: float = 0.0
    started: float = 0.0
    worker: str = ""


@frozen(repr=False)
class JobProgress:
    """The progress of a job: `fraction` from 0 to 1, None if unknown, and a short text."""

    fraction: float | None
    text: str = ""

    @classmethod
    def of(cls, fraction: float | None, text: str) -> JobProgress:
        """The progress that a converter reports, clamped and shortened to fit in a line."""
        line = escaped(" ".join(str(text).split())[:_LONGEST])
        if fraction is None or math.isnan(fraction):
            return cls(None, line)
        return cls(min(max(float(fraction), 0.0), 1.0), line)

    def __str__(self) -> str:
        percent = "" if self.fraction is None else f"{self.fraction:.0%}"
        return " ".join(part for part in (percent, self.text) if part)
