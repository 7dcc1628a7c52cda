"""What is said of a job that hangs."""

from __future__ import annotations

import sys
import threading
import traceback

from clm.database.queue.job_queue import ClaimedJob
from clm.errors import Diagnostic, Place
from clm.workers.worker_options import WorkerOptions


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
