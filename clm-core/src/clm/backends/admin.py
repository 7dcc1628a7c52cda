"""Operator actions on databases in use: cancel, retry, restart, stop, remove."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import psutil

from clm.backends.paths import ClmPaths
from clm.database.cache.results import suspect_mark
from clm.database.queue.job_queue import JobQueue
from clm.database.queue.pools import PoolRegistry, PoolRow
from clm.database.queue.registry import Registry
from clm.database.queue.requeue import requeue_job
from clm.database.queue.rows import JobRow, WorkerRow, is_active
from clm.database.queue.view import QueueView
from clm.database.sqlite.recovery import COMPANIONS
from clm.errors import DatabaseError, UsageError
from clm.jobs.status import JobStatus
from clm.workers.process_tree import MARKER, kill_started_by
from clm.workers.wakeup import WakeupSender

_STOP_SECONDS = 1.5
_KILL_SECONDS = 5.0


def cancel(db_path: Path, job_id: int) -> None:
    """Cancels a job and the jobs that depend on it, and wakes the worker that runs it.

    Raises:
        UsageError: the job does not exist or has already ended.
    """
    job = _job(db_path, job_id)
    with JobQueue(db_path, create=False) as queue:
        if not queue.cancel_job(job_id):
            raise UsageError(f"job {job_id} has already ended: it is {job.status}")
        registry = Registry(queue)
        builder = registry.builder_address(job.build_id) or ""
        _wake_up(registry.control_address_of_job(job_id), builder)


def retry(db_path: Path, job_id: int) -> None:
    """Requeues a failed or cancelled job.

    Raises:
        UsageError: it is in another state, or no build or pool is running that would run it.
    """
    job = _job(db_path, job_id)
    if job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
        raise UsageError(
            f"job {job_id} is {job.status}: only failed and cancelled jobs can be retried"
        )
    with QueueView(db_path) as view:
        running = view.is_running(job.build_id)
        pool = next((p for p in view.pools() if job.job_type in p.fingerprints), None)
    if pool is None and not running:
        raise UsageError(
            f"the build of job {job_id} has ended, and no persistent pool is running",
            hint="build again, which runs failed jobs again, or start a pool with "
            "`clm workers start` and retry",
        )
    with JobQueue(db_path, create=False) as queue:
        if not requeue_job(queue, job_id, "" if running or pool is None else pool.id):
            raise UsageError(f"job {job_id} was changed by another process in the meantime")
        registry = Registry(queue)
        _wake_up(registry.builder_address(job.build_id) or "", pool.address if pool else "")
        _wake_up(*registry.idle_addresses(pool.id if pool and not running else job.build_id))


def restart(db_path: Path, worker_id: str, *, force: bool) -> None:
    """Ends a worker after its current job or, with `force`, at once.

    Its build or pool starts a replacement if one is needed.

    Raises:
        UsageError: no such worker is running.
    """
    with QueueView(db_path) as view:
        worker = view.worker(worker_id)
    if worker is None or not is_active(worker):
        raise UsageError(
            f"no running worker {worker_id!r}", hint="`clm workers list` lists running workers"
        )
    if force:
        _kill(worker)
        return
    with JobQueue(db_path, create=False) as queue:
        registry = Registry(queue)
        registry.request_worker_stop(worker_id)
        _wake_up(registry.control_address(worker_id))


def stop_pool(db_path: Path, pool: PoolRow) -> None:
    """Ends a persistent pool: requests its stop, and kills it if it does not respond."""
    with JobQueue(db_path, create=False) as queue:
        registry, pools = Registry(queue), PoolRegistry(queue)
        pools.request_stop(pool.id)
        _wake_up(pool.address)
        if _await_end(pool, _STOP_SECONDS):
            return
        with suppress(psutil.NoSuchProcess):  # it has ended just now
            psutil.Process(pool.pid).kill()
        _await_end(pool, _KILL_SECONDS)
        orphans = registry.sweep_dead_builds()
        if orphans:
            kill_started_by(*orphans)


def _await_end(pool: PoolRow, seconds: float) -> bool:
    """Waits for the pool's process to end; False on timeout."""
    deadline = time.monotonic() + seconds
    while pool.is_alive:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def _kill(worker: WorkerRow) -> None:
    try:
        process = psutil.Process(worker.pid)
        # The system may have given the id to an unrelated process.
        if process.environ().get(MARKER) == worker.id:
            process.kill()
    except psutil.Error:
        return  # it has ended in the meantime


def _job(db_path: Path, job_id: int) -> JobRow:
    with QueueView(db_path) as view:
        job = view.job(job_id)
    if job is None:
        raise UsageError(f"job {job_id} not found", hint="`clm jobs list` lists all jobs")
    return job


def _wake_up(*addresses: str) -> None:
    sender = WakeupSender()
    sender.send(addresses)
    sender.close()


def remove_databases(paths: ClmPaths) -> None:
    """Removes the queue and the cache; they are recreated when they are next opened.

    Raises:
        UsageError: a build or pool is using them: a live database must not be unlinked.
    """
    if paths.jobs_db.exists() and _in_use(paths):
        raise UsageError(
            f"{paths.jobs_db} is in use by another build or a persistent pool",
            hint="wait for the build to end, stop the pool with `clm workers stop`, or omit "
            "--force-db-init",
        )
    for database in (paths.jobs_db, paths.cache_db):
        for companion in ("", *COMPANIONS):
            database.with_name(database.name + companion).unlink(missing_ok=True)
    suspect_mark(paths.cache_db).unlink(missing_ok=True)  # else the new one would be repaired


def _in_use(paths: ClmPaths) -> bool:
    try:
        with JobQueue(paths.jobs_db) as queue:
            return bool(Registry(queue).live_builds() or PoolRegistry(queue).live())
    except DatabaseError:
        return False  # damaged or of another version: --force-db-init replaces it
