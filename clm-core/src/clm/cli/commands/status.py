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
from clm.cli.commands.jobs import JOB_COLUMNS, as_data, job_cells
from clm.cli.database_options import locate, operator_options, spec_argument
from clm.cli.options import Settings
from clm.cli.output.console import plain, write_json
from clm.cli.output.formatting import ago, duration, rate, size
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
    errors: list[JobRow]
    cache: CacheOverview | None


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
        return _Status(paths, (0, 0), [], [], {}, [], cache)
    with QueueView(paths.jobs_db) as view:
        return _Status(
            paths,
            view.builds(),
            view.pools(),
            view.workers(),
            view.jobs_by_status(),
            view.recent_errors(_ERRORS),
            cache,
        )


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
        click.echo("\nlast errors:")
        show_table(JOB_COLUMNS, map(job_cells, found.errors))


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
        "errors": [as_data(job) for job in found.errors],
    }
