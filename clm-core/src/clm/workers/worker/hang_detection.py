"""Detection of jobs that hang, using no CPU for a long time, or that exceed their time limit."""

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

OVERDUE_HINT = (
    "if it may take that long, raise the limit: for all jobs, for example CLM_JOB_LIMIT=2h, or in "
    "the plugin (`time_limit` of its request)"
)

# Share of a core: idle tools and short-interval polling use less, running tools more.
_CPU_SHARE = 0.02
_CPU_SECONDS = 0.02  # two ticks of the CPU clock of some systems


@define
class HangDetector:
    """Measures how long the current job and its descendant processes have used no CPU time.

    `limit` is the time in seconds after which the job hangs (0: never). At most `longest` seconds
    count between two checks, so that a stopped process or suspended machine is not a hang. The
    whole time of the job is limited by `time_limit`, in the same way (0: not limited).
    """

    limit: float
    longest: float
    clock: Callable[[], float] = time.monotonic
    seconds: float = field(default=0.0, init=False)
    _allowance: float = field(default=0.0, init=False)
    _cpu_seconds: float | None = field(default=None, init=False)
    _checked_at: float = field(default=0.0, init=False)
    time_limit: float = field(default=0.0, init=False)
    _total: float = field(default=0.0, init=False)

    def begin(self, time_limit: float = 0.0) -> None:
        """Starts the measurement for the next job."""
        self.seconds = self._allowance = self._total = 0.0
        self.time_limit = time_limit
        self._cpu_seconds = None
        self._checked_at = self.clock()

    @property
    def is_overdue(self) -> bool:
        """Whether the job has exceeded its time limit, by the last call of `is_hung`."""
        return 0 < self.time_limit <= self._total

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """A context in which the job may be idle for `seconds` beyond the limit."""
        before = self._allowance
        self.seconds, self._allowance = 0.0, seconds
        try:
            yield
        finally:
            self.seconds, self._allowance = 0.0, before

    def is_hung(self, cpu_seconds: float, *, is_stopped: bool = False) -> bool:
        """Whether the job hangs.

        `cpu_seconds` is the CPU time that it has used; it falls when a child process has ended.
        While one of its processes is stopped, what the job waits for does not come: it does not
        get the time that it has asked for.
        """
        now = self.clock()
        before, self._cpu_seconds = self._cpu_seconds, cpu_seconds
        elapsed, self._checked_at = now - self._checked_at, now
        self._total += min(elapsed, self.longest)
        used = 0.0 if before is None else abs(cpu_seconds - before)
        if before is None or used > max(_CPU_SECONDS, _CPU_SHARE * elapsed):
            self.seconds = 0.0
        else:
            self.seconds += min(elapsed, self.longest)
        allowed = self.limit + (0.0 if is_stopped else self._allowance)
        return self.limit > 0 and allowed < self.seconds


def hang_diagnostic(options: WorkerOptions, job: ClaimedJob | None, stack: str) -> Diagnostic:
    """The diagnostic of a hung job or, for None, a hung start of the worker."""
    subject = f"a worker for {options.job_type!r} hung during its start"
    if job is not None:
        subject = f"the {options.job_type!r} job hung (attempt {job.attempts})"
    return Diagnostic(
        f"{subject}: it and the tools it started were idle for "
        f"{options.hung_after:g} seconds, so it was killed",
        place=Place(job.source) if job is not None else None,
        hint=f"the log of {options.worker_id} has its stack; if the wait is legitimate, raise "
        "the limit, for example CLM_HUNG_AFTER=10m",
        details=stack,
    )


def overdue_diagnostic(job: ClaimedJob, limit: float, plugin: str, stack: str) -> Diagnostic:
    """The diagnostic of a job, of the plugin with this label, that exceeded its time limit."""
    subject = f"{plugin}: " if plugin else ""
    return Diagnostic(
        f"{subject}the {job.job_type!r} job took longer than {limit:g} seconds, so it was ended",
        place=Place(job.source),
        hint=OVERDUE_HINT,
        details=stack,
    )


def main_thread_stack() -> str:
    """The stack of this process's main thread, which runs the jobs."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    return "".join(traceback.format_stack(frame)) if frame is not None else ""
