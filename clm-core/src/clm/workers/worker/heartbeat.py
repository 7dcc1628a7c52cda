"""Heartbeat thread: renews the worker's row and its job lease.

It runs beside the job, so a busy worker never looks dead.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from clm.database.queue.job_queue import ClaimedJob, JobQueue
from clm.database.queue.registry import Registry, WorkerStatistics
from clm.errors import DatabaseError
from clm.jobs.envelope import time_limit_in
from clm.jobs.status import LEASE_SECONDS
from clm.jobs.work import JobProgress
from clm.workers.process_tree import TreeUsage, usage_of_tree
from clm.workers.wakeup import WakeupReceiver, WakeupSender
from clm.workers.worker.hang_detection import HangDetector
from clm.workers.worker.options import HEARTBEAT_SECONDS

log = logging.getLogger(__name__)


# An idle worker has no lease to renew, and should cost almost nothing.
_IDLE_TICKS = 6
_MIN_CHECKS = 4  # before a job counts as hung, or has exceeded its time limit
_SHORTEST_TICK = 0.05
_PROGRESS_SECONDS = 0.5  # more frequent updates would not be readable
_WAKEUPS_PER_SECOND = 10.0
_MISSED_TICKS = 3  # a busy machine delays heartbeats, but not by more


class Heartbeat:
    """Renews the lease of the current job and the worker's row.

    `on_lost` is called, once for each job, when the worker has lost the job: it was cancelled, or
    requeued. `on_stop` is called when the worker is requested to end. `on_hung` is called when
    `hang_detector` detects a hang of the current job or, with None, of the worker's start.
    `on_overdue` is called when the current job has exceeded its time limit: its own, or
    `job_limit` (0: none). A wakeup at `address` triggers a heartbeat at once. `memory_bytes` is the
    worker's memory at the last heartbeat.
    """

    def __init__(
        self,
        queue_path: Path,
        worker_id: str,
        statistics: Callable[[], WorkerStatistics],
        on_lost: Callable[[ClaimedJob], None],
        on_stop: Callable[[], None] = lambda: None,
        on_hung: Callable[[ClaimedJob | None], None] = lambda job: None,
        *,
        lease_seconds: float = LEASE_SECONDS,
        seconds: float = HEARTBEAT_SECONDS,
        hung_after: float = 0.0,
        job_limit: float = 0.0,
        on_overdue: Callable[[ClaimedJob], None] = lambda job: None,
        usage: Callable[[], TreeUsage] = usage_of_tree,
    ) -> None:
        self._queue_path = queue_path
        self._worker_id = worker_id
        self._statistics = statistics
        self._on_lost = on_lost
        self._lease_seconds = lease_seconds
        self._seconds = min(seconds, hung_after / _MIN_CHECKS) if hung_after > 0 else seconds
        self._on_stop = on_stop
        self._on_hung = on_hung
        self._on_overdue = on_overdue
        self._job_limit = job_limit
        self._usage = usage
        self._job: ClaimedJob | None = None
        self._is_starting = True
        self.hang_detector = HangDetector(hung_after, longest=_MISSED_TICKS * self._seconds)
        self._stopped = threading.Event()
        self._receiver = WakeupReceiver(_WAKEUPS_PER_SECOND)
        self.address = self._receiver.address
        self.memory_bytes = 0
        self._cpu_seconds = 0.0
        self._is_stopped = False
        self._measured_at: float | None = None  # None: not since the worker became idle
        self._sender = WakeupSender()
        self._progress: JobProgress | None = None
        self._reported_at = 0.0
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._sender.send([self.address])
        if self._thread.is_alive():
            self._thread.join()
        self._receiver.close()
        self._sender.close()

    def job_changed(self, job: ClaimedJob | None) -> None:
        """Sets the current job."""
        self._is_starting = False
        own = time_limit_in(job.payload) if job is not None else 0.0
        limit = self._job_limit if own is None else own
        self.hang_detector.begin(limit)
        self._progress = None
        self._job = job
        self._measured_at = None
        if 0 < limit < self._seconds:
            self._sender.send([self.address])  # the next tick would be too late

    def report_progress(self, fraction: float | None, text: str) -> None:
        """Records the progress of the current job; callable from any thread, at any rate."""
        self._progress = JobProgress.of(fraction, text)
        self.hang_detector.seconds = 0.0
        now = time.monotonic()
        if now - self._reported_at >= _PROGRESS_SECONDS:
            self._reported_at = now
            self._sender.send([self.address])

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._send_until_stopped()
            except (DatabaseError, OSError) as error:
                # The next heartbeat may succeed, also where this process could open no more files;
                # nothing is lost before the lease expires.
                log.warning("heartbeat: %s", error)
                self._receiver.wait(self._seconds)

    def _send_until_stopped(self) -> None:
        with JobQueue(self._queue_path, create=False, lease_seconds=self._lease_seconds) as queue:
            registry = Registry(queue)
            for tick in itertools.count():
                woken = self._receiver.wait(self._tick)
                if self._stopped.is_set():
                    return
                if woken or self._is_busy or tick % _IDLE_TICKS == 0:
                    self._send(queue, registry)

    @property
    def _tick(self) -> float:
        limit = self.hang_detector.time_limit
        return (
            min(self._seconds, max(limit / _MIN_CHECKS, _SHORTEST_TICK)) if limit else self._seconds
        )

    @property
    def _is_busy(self) -> bool:
        return self._is_starting or self._job is not None

    def _measure(self) -> bool:
        """Measures CPU time and memory, if it is time to. This scans all processes of the machine,
        which is the main cost of a heartbeat: an idle worker does it only once, and wakeups do not
        make it more frequent."""
        now = time.monotonic()
        if self._measured_at is not None and (
            not self._is_busy or now - self._measured_at < self._tick
        ):
            return False
        self._measured_at = now
        usage = self._usage()
        self.memory_bytes = usage.memory_bytes
        self._is_stopped = usage.is_stopped
        # The heartbeat's own CPU time is not activity of the converter.
        self._cpu_seconds = usage.cpu_seconds - time.thread_time()
        return True

    def _send(self, queue: JobQueue, registry: Registry) -> None:
        job = self._job
        measured = self._measure()
        cpu_seconds = self._cpu_seconds
        orders = registry.heartbeat(
            self._worker_id, cpu_seconds, self._statistics(), self.memory_bytes
        )
        progress, self._progress = self._progress, None
        if progress is not None and job is not None:
            registry.set_progress(self._worker_id, job.id, progress)
        if orders.stop:
            self._on_stop()
        if job is not None and not queue.renew_lease(job) and job is self._job:
            self._job = None
            self._on_lost(job)
            return
        if not measured or not self._is_busy:
            return
        hung = self.hang_detector.is_hung(cpu_seconds, is_stopped=self._is_stopped)
        if hung and job is self._job:
            self._on_hung(job)
        elif job is not None and self.hang_detector.is_overdue and job is self._job:
            self._on_overdue(job)
