"""List of the dead jobs that a plugin's backend keeps."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from clm.backends.backend import DeadJob
from clm.cli.groups import load_plugins
from clm.cli.output.console import write_json
from clm.cli.output.formatting import day
from clm.cli.output.tables import show_table
from clm.errors import UsageError
from clm.workers.import_string import load

_COLUMNS = ("ID", "Type", "Input file", "Died", "Attempts", "Error")


def list_dead_jobs(
    name: str,
    given: Mapping[str, str],
    *,
    limit: int,
    as_json: bool,
    status: str | None,
    job_type: str | None,
    build_id: str | None,
) -> None:
    """List the jobs, the newest first.

    Raises:
        UsageError: the backend keeps none, or has no such filter.
    """
    backend = load_plugins().backend(name)
    if backend.dead_jobs is None:
        raise UsageError(f"the backend {name!r} keeps no dead jobs")
    if status not in (None, "failed"):
        raise UsageError(f"the backend {name!r} keeps failed jobs only")
    jobs: list[DeadJob] = load(backend.dead_jobs, plugin=name)(given)
    found = [job for job in jobs if job_type in (None, job.job_type)]
    found = [job for job in found if job.build_id.startswith(build_id or "")]
    found = sorted(found, key=lambda job: job.died_at, reverse=True)[:limit]
    if as_json:
        write_json(jobs=[attrs.asdict(job) for job in found])
    else:
        show_table(_COLUMNS, map(_cells, found))


def _cells(job: DeadJob) -> tuple[str, ...]:
    return (job.id, job.job_type, job.source, day(job.died_at), str(job.attempts), job.error)
