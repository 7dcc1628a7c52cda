"""A real pool manager and queue with fake workers and a fake clock, both set by the test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from attrs import define, evolve, field, frozen
from registries import registry_of

from clm import JobType
from clm.database.queue.job_queue import ClaimedJob, JobQueue, JobRow, QueuedJob
from clm.database.queue.registry import Registry
from clm.plugins import PluginRegistry
from clm.workers.pool.executor import WorkerExecutor, WorkerHandle
from clm.workers.pool.manager import PoolManager
from clm.workers.worker.options import WorkerOptions

BUILD = "build"


@frozen
class Payload:
    pass


_JOB_TYPE = JobType(
    name="t",
    patterns=(),
    payload=Payload,
    plan=lambda source, context: (),
    worker="x:y",
    fingerprint=lambda: "",
    stage=0,
)


def plugins(pool_size: int | None) -> PluginRegistry:
    """The job types `t`, with at most `pool_size` workers, and `before`, of an earlier stage."""
    return registry_of(
        evolve(_JOB_TYPE, pool_size=pool_size), evolve(_JOB_TYPE, name="before", stage=-1)
    )


@define
class Clock:
    """Replaces the module `time`: the machine's clock plus the seconds that a test has added."""

    passed: float = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.passed

    def time(self) -> float:
        return time.time() + self.passed


class FakeWorker(WorkerHandle):
    """A worker without a process; the test ends it."""

    def __init__(self, options: WorkerOptions) -> None:
        self.worker_id, self.job_type = options.worker_id, options.job_type
        self.ignores_stop = False
        self.stopped = False
        self.cleaned = False
        self._exit_code = 0
        self._ended = threading.Event()

    @property
    def runs(self) -> bool:
        return not self._ended.is_set()

    def end(self, exit_code: int) -> None:
        self._exit_code = exit_code
        self._ended.set()

    def wait(self) -> int:
        self._ended.wait()
        return self._exit_code

    def request_stop(self) -> None:
        if not self.ignores_stop:
            self.end(0)

    def kill(self) -> None:
        self.end(-9)

    def is_stopped(self) -> bool:
        return self.stopped

    def rotate_log(self) -> None:
        pass

    def clean_up(self) -> None:
        assert not self.runs
        self.cleaned = True

    def stderr_tail(self) -> str:
        return "line one\nthe last line"


@define
class Executor(WorkerExecutor):
    """Starts fake workers, unless it is away; raises `refusal` if it is set."""

    name = "test"
    started: list[FakeWorker] = field(factory=list)
    refusal: OSError | None = None
    away: bool = False

    def is_away(self, job_type: str) -> bool:
        return self.away

    def start(self, options: WorkerOptions, plugin: str) -> WorkerHandle:
        assert plugin == "test"
        if self.refusal:
            raise self.refusal
        self.started.append(FakeWorker(options))
        return self.started[-1]


@define
class Pools:
    """A pool manager with fake workers, in the order in which they were started."""

    queue: JobQueue
    manager: PoolManager
    executor: Executor
    exits: threading.Semaphore
    clock: Clock

    @property
    def workers(self) -> list[FakeWorker]:
        """All workers started so far."""
        return self.executor.started

    @property
    def job_types(self) -> list[str]:
        """The job types of all workers started so far."""
        return [worker.job_type for worker in self.workers]

    def add(self, *names: str, attempts: int = 3, job_type: str = "t") -> None:
        jobs = [QueuedJob(BUILD, n, job_type, "{}", max_attempts=attempts) for n in names]
        self.queue.add_jobs(jobs)

    def tick(self) -> float | None:
        return self.manager.tick(self.queue.count_open(BUILD))

    def next_worker(self) -> FakeWorker:
        """The only running worker, after any delay before its start has passed."""
        self.clock.passed += self.tick() or 0.0
        self.tick()
        (running,) = self.manager.workers
        assert running is self.workers[-1]
        return self.workers[-1]

    def start(self, count: int) -> list[FakeWorker]:
        """Starts `count` workers, with as many pending jobs."""
        self.add(*map(str, range(count)))
        self.tick()
        assert len(self.workers) == count
        for worker in self.workers:
            self.register(worker)
        return self.workers

    def start_at_job(self, *, attempts: int = 3) -> FakeWorker:
        """Starts a worker that runs a job named `one`."""
        self.add("one", attempts=attempts)
        self.tick()
        (worker,) = self.workers
        self.register(worker)
        assert self.claim(worker)
        return worker

    def register(self, worker: FakeWorker) -> None:
        registry = Registry(self.queue)
        registry.register_worker(worker.worker_id, BUILD, worker.job_type, "test", "")
        self.set_status(worker, "idle")

    def set_status(self, worker: FakeWorker, status: str) -> None:
        """Sets the worker's status and heartbeat."""
        Registry(self.queue).set_worker_status(worker.worker_id, status)

    def claim(self, worker: FakeWorker) -> ClaimedJob | None:
        return self.queue.get_next_job(worker.worker_id, BUILD, worker.job_type)

    def end(self, worker: FakeWorker, exit_code: int) -> None:
        worker.end(exit_code)
        self.await_exit()

    def await_exit(self) -> None:
        """Waits until the manager has been notified of a worker's exit."""
        assert self.exits.acquire(timeout=10)

    def finished(self) -> list[JobRow]:
        return self.queue.collect_finished(BUILD)


PoolsOf = Callable[..., Pools]
