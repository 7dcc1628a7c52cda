"""What an operator changes in a queue that others are using."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from clm.database.queue.job_queue import JobQueue
from clm.database.queue.pools import PoolRegistry, PoolRow
from clm.database.queue.registry import Registry
from clm.database.queue.requeue import requeue_job
from clm.database.queue.rows import JobRow, WorkerRow, is_there
from clm.database.queue.view import QueueView
from clm.errors import UsageError
from clm.jobs.status import JobStatus
from clm.workers.process_tree import MARKER, kill_started_by
from clm.workers.wakeup import WakeupSender

_STOP_SECONDS = 1.5
_KILL_SECONDS = 5.0


def cancel(db_path: Path, job_id: int) -> None:
    """Cancels a job and those that need it; a worker that is at it is told.

    Raises:
        UsageError: there is no such job, or it has ended.
    """
    job = _job(db_path, job_id)
    with JobQueue(db_path, create=False) as queue:
        if not queue.cancel_job(job_id):
            raise UsageError(f"job {job_id} has ended already: it is {job.status}")
        registry = Registry(queue)
        builder = registry.builder_address(job.build_id) or ""
        _wake_up(registry.control_address_at(job_id), builder)


def retry(db_path: Path, job_id: int) -> None:
    """Lets a job that failed or was cancelled be done again.

    Raises:
        UsageError: it is in another state, or there is nobody who would do it.
    """
    job = _job(db_path, job_id)
    if job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
        raise UsageError(f"job {job_id} is {job.status}: only those that failed are tried again")
    with QueueView(db_path) as view:
        running = view.is_running(job.build_id)
        pool = next((p for p in view.pools() if job.job_type in p.fingerprints), None)
    if pool is None and not running:
        raise UsageError(
            f"the build of job {job_id} has ended, and no pool of workers is kept",
            hint="build again: failed jobs are then done; or `clm workers start` before",
        )
    with JobQueue(db_path, create=False) as queue:
        if not requeue_job(queue, job_id, "" if running or pool is None else pool.id):
            raise UsageError(f"job {job_id} has changed meanwhile")
        registry = Registry(queue)
        _wake_up(registry.builder_address(job.build_id) or "", pool.address if pool else "")
        _wake_up(*registry.idle_addresses(pool.id if pool and not running else job.build_id))


def restart(db_path: Path, worker_id: str, *, force: bool) -> None:
    """Has a worker end, after its job or, with `force`, now; its owner starts another if needed.

    Raises:
        UsageError: there is no such worker.
    """
    with QueueView(db_path) as view:
        worker = view.worker(worker_id)
    if worker is None or not is_there(worker):
        raise UsageError(
            f"there is no worker {worker_id!r} now", hint="`clm workers list` lists them"
        )
    if force:
        _kill(worker)
        return
    with JobQueue(db_path, create=False) as queue:
        registry = Registry(queue)
        registry.request_worker_stop(worker_id)
        _wake_up(registry.control_address(worker_id))


def stop_pool(db_path: Path, pool: PoolRow) -> None:
    """Ends a kept pool: asks it, and kills it where it does not answer."""
    with JobQueue(db_path, create=False) as queue:
        registry, pools = Registry(queue), PoolRegistry(queue)
        pools.request_stop(pool.id)
        _wake_up(pool.address)
        if _has_ended(pool, _STOP_SECONDS):
            return
        psutil.Process(pool.pid).kill()
        _has_ended(pool, _KILL_SECONDS)
        left = registry.sweep_dead_builds()
        if left:
            kill_started_by(*left)


def _has_ended(pool: PoolRow, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while pool.is_alive:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _kill(worker: WorkerRow) -> None:
    try:
        process = psutil.Process(worker.pid)
        # What another process of that id is, is none of our business.
        if process.environ().get(MARKER) == worker.id:
            process.kill()
    except psutil.Error:
        return  # gone meanwhile


def _job(db_path: Path, job_id: int) -> JobRow:
    with QueueView(db_path) as view:
        job = view.job(job_id)
    if job is None:
        raise UsageError(f"there is no job {job_id}", hint="`clm jobs list` lists them")
    return job


def _wake_up(*addresses: str) -> None:
    sender = WakeupSender()
    sender.send(addresses)
    sender.close()
