"""Worker process: claims the jobs of one type and runs its converter on them.

Started by a `WorkerExecutor` as `python -m clm.workers.worker.process OPTIONS`; standard input
is the lifeline to the process that started it.
"""

from __future__ import annotations

import gc
import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

from attrs import define, field

from clm.database.cache.results import ResultsCache
from clm.database.queue.job_queue import ClaimedJob, JobQueue
from clm.database.queue.pools import PoolRegistry
from clm.database.queue.registry import Registry
from clm.errors import ClmError, InvalidResultError
from clm.jobs.queued_inputs import load_inputs
from clm.jobs.resolved import ResolvedJob
from clm.jobs.result import StoredResult
from clm.jobs.status import JobStatus
from clm.workers.job_runner import Failure, JobRunner, failure_of
from clm.workers.pipe.remote_runner import RemoteRunner
from clm.workers.process_tree import end_at_once, kill_tools
from clm.workers.wakeup import WakeupReceiver, WakeupSender
from clm.workers.worker import lifeline
from clm.workers.worker.counters import Counters
from clm.workers.worker.full_disk import told_by_exit_code
from clm.workers.worker.hang_detection import (
    hang_diagnostic,
    main_thread_stack,
    overdue_diagnostic,
)
from clm.workers.worker.heartbeat import Heartbeat
from clm.workers.worker.options import EXIT_DID_NOT_START, EXIT_JOB_ABANDONED, WorkerOptions
from clm.workers.worker.runners import runner_of

log = logging.getLogger(__name__)

# Each deck makes thousands of objects, most of which are freed without a search for cycles.
_GARBAGE_THRESHOLDS = (10_000, 10, 10)


@define
class WorkerProcess:
    """The main loop of a worker: claim a job, run it, complete it, wait for a wakeup."""

    options: WorkerOptions
    queue: JobQueue
    registry: Registry
    runner: JobRunner | RemoteRunner
    receiver: WakeupReceiver
    pools: PoolRegistry
    sender: WakeupSender = field(factory=WakeupSender)
    heartbeat: Heartbeat = field(init=False)
    _counters: Counters = field(factory=Counters)
    _job: ClaimedJob | None = None
    _last_build: str = ""
    _stopping: threading.Event = field(factory=threading.Event)
    _cancelled: threading.Event = field(factory=threading.Event)

    def __attrs_post_init__(self) -> None:
        self.heartbeat = Heartbeat(
            self.options.db_path,
            self.options.worker_id,
            self._counters.statistics,
            self._abandon,
            self.request_stop,
            self._end_hung,
            lease_seconds=self.options.lease_seconds,
            seconds=self.options.heartbeat_seconds,
            hung_after=self.options.hung_after,
            job_limit=self.options.job_limit,
            on_overdue=self._end_overdue,
            usage=self.runner.usage,
        )

    def run(self) -> None:
        """Runs jobs until a stop is requested."""
        self.heartbeat.start()
        try:
            self.runner.start()
            self.heartbeat.job_changed(None)  # the start is complete and can no longer hang
            self._work()
        finally:
            self.heartbeat.stop()

    def _work(self) -> None:
        try:
            self._loop()
        finally:
            self.runner.stop()
            self.registry.heartbeat(self.options.worker_id, 0.0, self._counters.statistics())
            self.registry.set_worker_status(self.options.worker_id, "stopped")

    def request_stop(self) -> None:
        """Requests that the worker end: at once if idle, else after the current job, which is
        returned to the queue if it exceeds the grace time. Callable from any thread."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self.sender.send([self.receiver.address])
        timer = threading.Timer(self.options.grace_seconds, self._return_job)
        timer.daemon = True
        timer.start()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            job = self._claim()
            if job is not None:
                self.registry.set_worker_status(self.options.worker_id, "busy")
            while job is not None:
                job = self._run_job(job)
            self._wait()

    def _claim(self) -> ClaimedJob | None:
        o = self.options
        if not o.shared:
            return self.queue.get_next_job(o.worker_id, o.build_id, o.job_type)
        if job := self._claim_shared():
            return job
        # From now on, a process that adds a job sees that it must wake this worker.
        self.registry.set_worker_status(o.worker_id, "idle")
        job = self._claim_shared()
        if job is not None:
            self.registry.set_worker_status(o.worker_id, "busy")
        return job

    def _claim_shared(self) -> ClaimedJob | None:
        """Claims a job of the pool's builds, in round-robin order."""
        o = self.options
        builds = self.pools.builds_of(o.build_id)
        if self._last_build in builds:
            after = builds.index(self._last_build) + 1
            builds = builds[after:] + builds[:after]
        for build_id in builds:
            if self.queue.claimable(build_id, o.job_type, o.fingerprint):
                job = self.queue.get_next_job(o.worker_id, build_id, o.job_type, o.fingerprint)
                if job is not None:
                    self._last_build = build_id
                    return job
        return None

    def _wait(self) -> None:
        o = self.options
        while not self._stopping.is_set():
            woken = self.receiver.wait(o.poll_seconds)
            if woken or any(
                self.queue.claimable(b, o.job_type, o.fingerprint) for b in self._builds()
            ):
                return

    def _builds(self) -> list[str]:
        o = self.options
        return self.pools.builds_of(o.build_id) if o.shared else [o.build_id]

    def _run_job(self, job: ClaimedJob) -> ClaimedJob | None:
        self._cancelled.clear()
        self._job = job
        self.heartbeat.job_changed(job)
        started = time.monotonic()
        result = self._result(job)
        self.heartbeat.job_changed(None)
        self._counters.count(result, time.monotonic() - started)
        if self._should_recycle():
            self.request_stop()
        following = self._finish(job, result)
        self._job = None
        return following

    def _should_recycle(self) -> bool:
        """Whether to replace this process by a new one, since converters may leak memory."""
        o = self.options
        done = self._counters.done
        jobs = 0 < o.max_jobs <= done
        memory = 0 < o.max_memory < self.heartbeat.memory_bytes
        worn = self.runner.is_worn
        if jobs or memory or worn:
            log.info("recycled after %d jobs, at %d bytes", done, self.heartbeat.memory_bytes)
        return jobs or memory or worn

    def _result(self, job: ClaimedJob) -> StoredResult | Failure:
        try:
            resolved = self._resolved(job)
        except (ClmError, KeyError) as error:
            return failure_of(error, job.source)
        return self.runner.run(
            resolved,
            self._cancelled.is_set,
            self.heartbeat.hang_detector.waiting,
            self.heartbeat.report_progress,
        )

    def _resolved(self, job: ClaimedJob) -> ResolvedJob:
        def digest_of(producer: str, output: str) -> str:
            key = self.queue.result_key(job.build_id, producer)
            stored = self.runner.cache.check_cache(key) if key else None
            if stored is None:
                raise InvalidResultError(
                    f"the needed result of {producer} is no longer in the cache", hint="build again"
                )
            return stored.outputs[output]

        return ResolvedJob(
            job_type=job.job_type,
            envelope=job.payload,
            fingerprint=job.fingerprint,
            inputs=load_inputs(job.inputs, digest_of),
            outputs=tuple(json.loads(job.outputs)),
            source=job.source,
            correlation_id=job.correlation_id,
        )

    def _finish(self, job: ClaimedJob, result: StoredResult | Failure) -> ClaimedJob | None:
        if isinstance(result, Failure):
            log.info("%s failed: %s", job.label, result.diagnostics)
            if result.is_transient:
                self.queue.retry_job(job, result.diagnostics)
                following = None if self._stopping.is_set() else self._claim()
            else:
                following = self._move_on(job, JobStatus.FAILED, failure=result)
        else:
            following = self._move_on(job, JobStatus.COMPLETED, key=result.key)
        self._wake_others(job)
        return following

    def _move_on(
        self,
        job: ClaimedJob,
        status: JobStatus,
        *,
        key: str | None = None,
        failure: Failure | None = None,
    ) -> ClaimedJob | None:
        diagnostics = failure.diagnostics if failure else ()
        if self._stopping.is_set() or self.options.shared:
            moved = self.queue.update_job_status(
                job, status, result_key=key, diagnostics=diagnostics
            )
            self._log_if_lost(job, moved)
            return None if self._stopping.is_set() else self._claim()
        moved, following = self.queue.finish_and_get_next(
            job, status, self.options.worker_id, result_key=key, diagnostics=diagnostics
        )
        self._log_if_lost(job, moved)
        return following

    def _log_if_lost(self, job: ClaimedJob, moved: bool) -> None:
        if not moved:
            log.info("discarded the result of %s: the job was lost", job.label)

    def _wake_others(self, job: ClaimedJob) -> None:
        # The builder delivers the result; idle workers may now claim the jobs that depend on it.
        idle = self.registry.idle_addresses(self.options.build_id)
        builder = self.options.builder_address
        if self.options.shared:
            # The build may also have its own workers, for job types that the pool does not serve.
            idle += self.registry.idle_addresses(job.build_id)
            builder = self.registry.builder_address(job.build_id) or ""
        self.sender.send([builder, *idle])

    def _abandon(self, job: ClaimedJob) -> None:
        """Cancels the converter of a lost job; ends the process if it outlasts the grace time."""
        log.warning("lost %s: it was cancelled or requeued", job.label)
        self._cancelled.set()
        timer = threading.Timer(self.options.grace_seconds, self._end_if_running, args=(job,))
        timer.daemon = True
        timer.start()

    def _end_if_running(self, job: ClaimedJob) -> None:
        if self._job is job:
            end_at_once(self.options.worker_id, EXIT_JOB_ABANDONED)

    def _end_hung(self, job: ClaimedJob | None) -> None:
        """Requeues the hung job, or reports the hung start, and ends the process."""
        o = self.options
        diagnostic = hang_diagnostic(o, job, main_thread_stack())
        # The message is the last line: a pool reports it when its workers do not start.
        log.error("main-thread stack:\n%s%s", diagnostic.details, diagnostic.message)
        if job is not None:
            with JobQueue(o.db_path, create=False) as queue:
                if not queue.retry_job(job, [diagnostic]):
                    return  # it has just ended
        self._cancel_job()
        end_at_once(o.worker_id, EXIT_JOB_ABANDONED if job is not None else EXIT_DID_NOT_START)

    def _end_overdue(self, job: ClaimedJob) -> None:
        """Fails the job, which has exceeded its time limit, and ends the process."""
        o, limit = self.options, self.heartbeat.hang_detector.time_limit
        diagnostic = overdue_diagnostic(job, limit, self.runner.provider, main_thread_stack())
        log.error("main-thread stack:\n%s%s", diagnostic.details, diagnostic.message)
        with JobQueue(o.db_path, create=False) as queue:
            if not queue.update_job_status(job, JobStatus.FAILED, diagnostics=[diagnostic]):
                return  # it has just ended
        self._cancel_job()
        end_at_once(o.worker_id, EXIT_JOB_ABANDONED)

    def _cancel_job(self) -> None:
        # Before its tools are killed: the converter might take their end for success.
        self._cancelled.set()
        self._stopping.set()

    def _return_job(self) -> None:
        job = self._job
        if job is None:
            return
        with JobQueue(self.options.db_path, create=False) as queue:
            queue.update_job_status(job, JobStatus.PENDING)
            self._cancel_job()
            Registry(queue).set_worker_status(self.options.worker_id, "stopped")
        end_at_once(self.options.worker_id, 0)


@contextmanager
def open_worker_process(options: WorkerOptions) -> Iterator[WorkerProcess]:
    """A registered worker process with open databases and a loaded converter."""
    with ExitStack() as stack:
        queue = stack.enter_context(
            JobQueue(options.db_path, create=False, lease_seconds=options.lease_seconds)
        )
        cache = stack.enter_context(ResultsCache(options.cache_path, create=False))
        receiver = WakeupReceiver()
        stack.callback(receiver.close)
        registry = Registry(queue)
        registry.register_worker(
            options.worker_id,
            options.build_id,
            options.job_type,
            options.executor,
            receiver.address,
            log_path=options.log_path,
        )
        runner = runner_of(options, cache)
        process = WorkerProcess(options, queue, registry, runner, receiver, PoolRegistry(queue))
        registry.set_control_address(options.worker_id, process.heartbeat.address)
        yield process


def main(arguments: list[str]) -> int:
    """The process's entry point."""
    options = WorkerOptions.from_json(arguments[0])
    stop_requests: list[WorkerProcess] = []
    stop_early = threading.Event()

    def stop() -> None:
        stop_early.set()
        for process in stop_requests:
            process.request_stop()

    # Before any slow step, so that a worker whose builder dies early also ends.
    lifeline.watch(
        lifeline.take_stdin(),
        on_stop=stop,
        on_lost=lambda: end_at_once(options.worker_id, 0),
    )
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    logging.basicConfig(
        level=options.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    try:
        with told_by_exit_code(options.worker_id), open_worker_process(options) as process:
            stop_requests.append(process)
            if stop_early.is_set():
                process.request_stop()
            process.run()
    finally:
        # A converter may leave tools running, and the builder, which would kill them, may be dead.
        kill_tools(options.worker_id)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
