"""`clm status`: status of workers, jobs and cache."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import click

from clm.backends.paths import ClmPaths
from clm.builder.output.record import OutputsRecord
from clm.cli.commands.operation.jobs import JOB_COLUMNS, as_data, job_cells
from clm.cli.database_options import locate, operator_options, spec_argument
from clm.cli.options import Settings
from clm.cli.output.console import plain, write_json
from clm.cli.output.formatting import ago, diagnostics, duration, first_of, rate, size
from clm.cli.output.tables import show_table
from clm.database.cache.maintenance import CacheOverview, cache_overview
from clm.database.queue.pools import PoolRow
from clm.database.queue.rows import JobRow, WorkerRow
from clm.database.queue.view import QueueView
from clm.jobs.status import JobStatus
from clm.jobs.work import JobProgress

_WORKER_STATES = ("starting", "idle", "busy")
_ERRORS = 5


@attrs.frozen
class _Status:
    """The displayed data; empty for databases that do not exist."""

    paths: ClmPaths
    builds: tuple[int, int]
    pools: list[PoolRow]
    workers: list[WorkerRow]
    jobs: dict[str, int]
    errors: list[_Failure]
    cache: CacheOverview | None


@attrs.frozen
class _Failure:
    """A job whose last run failed, or a source that could not be planned.

    `job` is its row in the queue, unless it is no longer there or never was.
    """

    request_id: str
    job_type: str
    source: str
    diagnostics: list[dict[str, Any]]
    job: JobRow | None


@click.command("status")
@spec_argument
@operator_options
def status(settings: Settings, /, spec: Path | None, as_json: bool) -> None:
    """Show the status of workers, jobs and cache.

    Without SPEC, the nearest `.clm` folder in the current folder or above is used.
    """
    found = _read(locate(settings, spec))
    if as_json:
        write_json(**_as_data(found))
    else:
        _show(found)


def _read(paths: ClmPaths) -> _Status:
    cache = cache_overview(paths.cache_db) if paths.cache_db.is_file() else None
    if not paths.jobs_db.is_file():
        return _Status(paths, (0, 0), [], [], {}, _failures(paths, None), cache)
    with QueueView(paths.jobs_db) as view:
        return _Status(
            paths,
            view.builds(),
            view.pools(),
            view.workers(),
            view.jobs_by_status(),
            _failures(paths, view),
            cache,
        )


def _failures(paths: ClmPaths, view: QueueView | None) -> list[_Failure]:
    """The failures in running builds, then those of ended builds that no build has mended.

    Which have been mended is in the record of outputs; without it all of the queue are shown.
    """
    failed = view.failed_jobs() if view else []
    running = failed
    if view and paths.outputs_db.is_file():
        running = view.failed_jobs(of_running_builds=True)
    rows = {job.request_id: job for job in reversed(failed)}
    found = {
        job.request_id: _Failure(
            job.request_id, job.job_type, job.source, diagnostics(job.error), job
        )
        for job in running
    }
    with OutputsRecord.for_reading(paths.outputs_db) as record:
        for failure in record.failures():
            data = [attrs.asdict(diagnostic) for diagnostic in failure.diagnostics]
            known = rows.get(failure.job)
            shown = _Failure(failure.job, failure.job_type, failure.source, data, known)
            found.setdefault(failure.job, shown)
    return list(found.values())


def _show(found: _Status) -> None:
    click.echo(plain(f"database: {found.paths.jobs_db}"))
    running, known = found.builds
    click.echo(f"builds: {running} running, {known} known")
    for pool in found.pools:
        types = ", ".join(sorted(pool.fingerprints))
        uptime = duration(time.time() - pool.started_at)
        click.echo(plain(f"pool: {pool.id}, process {pool.pid}, up {uptime}, serves {types}"))
    click.echo("")
    show_table(("Type", *map(str.capitalize, _WORKER_STATES)), _worker_rows(found.workers))
    for worker in found.workers:
        if progress := _progress(worker):
            click.echo(plain(f"{worker.id}: {progress}"))
    click.echo("")
    show_table(
        [str(state).capitalize() for state in JobStatus],
        [[str(found.jobs.get(state, 0)) for state in JobStatus]],
    )
    click.echo("")
    click.echo(_cache_line(found.cache))
    if found.errors:
        click.echo("\nfailures:")
        show_table(JOB_COLUMNS, map(_failure_cells, found.errors[:_ERRORS]))
        if len(found.errors) > _ERRORS:
            click.echo(f"and {len(found.errors) - _ERRORS} more")


def _failure_cells(failure: _Failure) -> tuple[str, ...]:
    if failure.job is not None:
        return job_cells(failure.job)
    message = first_of(failure.diagnostics)
    return ("-", failure.job_type, failure.source, str(JobStatus.FAILED), message)


def _worker_rows(workers: Iterable[WorkerRow]) -> list[list[str]]:
    counts = Counter((worker.job_type, worker.status) for worker in workers)
    types = sorted({job_type for job_type, _ in counts})
    return [[t, *(str(counts[t, state]) for state in _WORKER_STATES)] for t in types]


def _progress(worker: WorkerRow) -> str:
    if worker.status != "busy" or worker.progress_job is None:
        return ""
    return str(JobProgress(worker.progress, worker.progress_text))


def _cache_line(cache: CacheOverview | None) -> str:
    if cache is None:
        return "cache: none yet"
    hits = rate(cache.hits, cache.misses)
    used = f", last used {ago(cache.newest)}" if cache.newest else ""
    return f"cache: {cache.entries} entries, {size(cache.bytes)}, hit rate {hits}{used}"


def _as_data(found: _Status) -> dict[str, Any]:
    workers = Counter((worker.job_type, worker.status) for worker in found.workers)
    return {
        "database": str(found.paths.jobs_db),
        "builds": {"running": found.builds[0], "known": found.builds[1]},
        "pools": [
            {"id": p.id, "pid": p.pid, "job_types": sorted(p.fingerprints)} for p in found.pools
        ],
        "workers": [
            {"type": job_type, "status": state, "count": count}
            for (job_type, state), count in sorted(workers.items())
        ],
        "progress": [
            {"worker": w.id, "job": w.progress_job, "said": progress}
            for w in found.workers
            if (progress := _progress(w))
        ],
        "jobs": {str(state): found.jobs.get(state, 0) for state in JobStatus},
        "cache": attrs.asdict(found.cache) if found.cache else None,
        "errors": [_failure_data(failure) for failure in found.errors],
    }


def _failure_data(failure: _Failure) -> dict[str, Any]:
    if failure.job is not None:
        return as_data(failure.job)
    return {
        "id": None,
        "request_id": failure.request_id,
        "job_type": failure.job_type,
        "source": failure.source,
        "status": JobStatus.FAILED,
        "error": failure.diagnostics,
    }
