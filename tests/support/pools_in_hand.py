"""Pools whose workers end, and whose time passes, when a test says so; the queue is a real one."""

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
    """The job types `t`, of whose workers there are no more than given, and `before`, which it
    may wait for."""
    return registry_of(
        evolve(_JOB_TYPE, pool_size=pool_size), evolve(_JOB_TYPE, name="before", stage=-1)
    )


@define
class Clock:
    """Stands for the module `time`: that of this machine, and what a test has let pass."""

    passed: float = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.passed

    def time(self) -> float:
        return time.time() + self.passed


class WorkerInHand(WorkerHandle):
    """A worker that is nothing but what is told of it."""

    def __init__(self, options: WorkerOptions) -> None:
        self.worker_id, self.job_type = options.worker_id, options.job_type
        self.deaf = False
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
        if not self.deaf:
            self.end(0)

    def kill(self) -> None:
        self.end(-9)

    def rotate_log(self) -> None:
        pass

    def clean_up(self) -> None:
        assert not self.runs
        self.cleaned = True

    def stderr_tail(self) -> str:
        return "line one\nthe last line"


@define
class Executor(WorkerExecutor):
    """Starts workers in hand, or refuses where it is told to."""

    name = "test"
    started: list[WorkerInHand] = field(factory=list)
    refusal: OSError | None = None

    def start(self, options: WorkerOptions, plugin: str) -> WorkerHandle:
        assert plugin == "test"
        if self.refusal:
            raise self.refusal
        self.started.append(WorkerInHand(options))
        return self.started[-1]


@define
class Pools:
    """A pool manager whose workers are in the test's hands, in the order in which they started."""

    queue: JobQueue
    manager: PoolManager
    executor: Executor
    exits: threading.Semaphore
    clock: Clock

    @property
    def workers(self) -> list[WorkerInHand]:
        """All workers that there have been."""
        return self.executor.started

    @property
    def job_types(self) -> list[str]:
        """Those that the workers were started for."""
        return [worker.job_type for worker in self.workers]

    def add(self, *names: str, attempts: int = 3, job_type: str = "t") -> None:
        jobs = [QueuedJob(BUILD, n, job_type, "{}", max_attempts=attempts) for n in names]
        self.queue.add_jobs(jobs)

    def tick(self) -> float | None:
        return self.manager.tick(self.queue.count_open(BUILD))

    def next_worker(self) -> WorkerInHand:
        """The one worker that is there once the time is over in which none is started."""
        self.clock.passed += self.tick() or 0.0
        self.tick()
        (running,) = self.manager.workers
        assert running is self.workers[-1]
        return self.workers[-1]

    def up(self, count: int) -> list[WorkerInHand]:
        """So many workers that have come up, each with a job to come."""
        self.add(*map(str, range(count)))
        self.tick()
        assert len(self.workers) == count
        for worker in self.workers:
            self.come_up(worker)
        return self.workers

    def at_job(self, *, attempts: int = 3) -> WorkerInHand:
        """The first worker, which has begun a first job, named `one`."""
        self.add("one", attempts=attempts)
        self.tick()
        (worker,) = self.workers
        self.come_up(worker)
        assert self.claim(worker)
        return worker

    def come_up(self, worker: WorkerInHand) -> None:
        registry = Registry(self.queue)
        registry.register_worker(worker.worker_id, BUILD, worker.job_type, "test", "")
        self.say(worker, "idle")

    def say(self, worker: WorkerInHand, status: str) -> None:
        """Does what a worker does that is in this state."""
        Registry(self.queue).set_worker_status(worker.worker_id, status)

    def claim(self, worker: WorkerInHand) -> ClaimedJob | None:
        return self.queue.get_next_job(worker.worker_id, BUILD, worker.job_type)

    def end(self, worker: WorkerInHand, exit_code: int) -> None:
        worker.end(exit_code)
        self.see_exit()

    def see_exit(self) -> None:
        """Waits until the manager has been told of a worker's end."""
        assert self.exits.acquire(timeout=10)

    def finished(self) -> list[JobRow]:
        return self.queue.collect_finished(BUILD)


PoolsOf = Callable[..., Pools]
