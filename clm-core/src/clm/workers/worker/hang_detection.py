"""Noticing that a job hangs: it has done nothing at all for a long time."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define, field

from clm.database.queue.job_queue import ClaimedJob
from clm.errors import Diagnostic, Place
from clm.workers.worker.options import WorkerOptions

# What idle tools use of a core, and waiting in small steps, is less; what is at work uses more.
_CPU_SHARE = 0.02
_CPU_SECONDS = 0.02  # two ticks of the clock by which some systems count


@define
class HangDetector:
    """For how long the job at hand, with all that it has started, has used no CPU time.

    `limit` is how long that may be, in seconds (0: for ever). Between two looks no more counts
    than `longest`: a process that was stopped, or a machine that slept, did not hang.
    """

    limit: float
    longest: float
    clock: Callable[[], float] = time.monotonic
    seconds: float = field(default=0.0, init=False)
    _announced: float = field(default=0.0, init=False)
    _cpu_seconds: float | None = field(default=None, init=False)
    _looked: float = field(default=0.0, init=False)

    def begin(self) -> None:
        """Another job is at hand."""
        self.seconds = self._announced = 0.0
        self._cpu_seconds = None

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Inside, the job may wait for so long on top of the limit."""
        before = self._announced
        self.seconds, self._announced = 0.0, seconds
        try:
            yield
        finally:
            self.seconds, self._announced = 0.0, before

    def is_hung(self, cpu_seconds: float) -> bool:
        """Whether the job hangs; `cpu_seconds` is what it has used, less when a child is gone."""
        now = self.clock()
        before, self._cpu_seconds = self._cpu_seconds, cpu_seconds
        elapsed, self._looked = now - self._looked, now
        used = 0.0 if before is None else abs(cpu_seconds - before)
        if before is None or used > max(_CPU_SECONDS, _CPU_SHARE * elapsed):
            self.seconds = 0.0
        else:
            self.seconds += min(elapsed, self.longest)
        return self.limit > 0 and self.limit + self._announced < self.seconds


def hung(options: WorkerOptions, job: ClaimedJob | None, stack: str) -> Diagnostic:
    """That the job, or for None the worker's start, hangs, and was ended."""
    what = f"a worker for {options.job_type!r} hung while it started"
    if job is not None:
        what = f"the {options.job_type!r} job hung (try {job.attempts})"
    return Diagnostic(
        f"{what}: neither it nor any tool that it started did anything for "
        f"{options.hung_after:g} seconds, so it was ended",
        place=Place(job.source) if job is not None else None,
        hint=f"the log of {options.worker_id} says where it stood; where it waits for a good "
        "reason, CLM_HUNG_AFTER waits longer, for example CLM_HUNG_AFTER=10m",
        details=stack,
    )


def main_thread_stack() -> str:
    """Where this process's main thread, which does the jobs, is."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    return "".join(traceback.format_stack(frame)) if frame is not None else ""
