"""The dead jobs that a plugin's backend keeps: list and removal."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs

from clm.backends.backend import DeadJob
from clm.cli.database_options import confirm
from clm.cli.groups import load_plugins
from clm.cli.output.console import write_json
from clm.cli.output.formatting import day
from clm.cli.output.tables import show_table
from clm.errors import UsageError
from clm.registration import BackendType
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
    jobs = _dead_jobs(load_plugins().backend(name), given)
    if status not in (None, "failed"):
        raise UsageError(f"the backend {name!r} keeps failed jobs only")
    found = [job for job in jobs if job_type in (None, job.job_type)]
    found = [job for job in found if job.build_id.startswith(build_id or "")]
    found = sorted(found, key=lambda job: job.died_at, reverse=True)[:limit]
    if as_json:
        write_json(jobs=[attrs.asdict(job) for job in found])
    else:
        show_table(_COLUMNS, map(_cells, found))


def discard_dead_jobs(
    name: str, given: Mapping[str, str], ids: Collection[str], *, yes: bool
) -> list[str]:
    """Discard the jobs with these ids, or all if there are none; return their ids.

    Raises:
        UsageError: the backend keeps no jobs, or not all of these.
    """
    backend = load_plugins().backend(name)
    known = {job.id for job in _dead_jobs(backend, given)}
    if backend.discard_dead_jobs is None:
        raise UsageError(f"the backend {name!r} discards its dead jobs itself")
    missing = sorted(set(ids) - known)
    if missing:
        raise UsageError(
            f"no dead job {missing[0]!r}",
            hint="list the dead jobs with `clm jobs list` and the same backend",
        )
    chosen = frozenset(ids or known)
    confirm(f"discard {len(chosen)} dead job(s)?", yes=yes)
    discarded: Collection[str] = load(backend.discard_dead_jobs, plugin=name)(given, chosen)
    return sorted(discarded)


def _dead_jobs(backend: BackendType, given: Mapping[str, str]) -> list[DeadJob]:
    if backend.dead_jobs is None:
        raise UsageError(
            f"the backend {backend.name!r} keeps no dead jobs",
            hint="name another one with --backend or by its own options",
        )
    jobs: list[DeadJob] = load(backend.dead_jobs, plugin=backend.name)(given)
    return jobs


def _cells(job: DeadJob) -> tuple[str, ...]:
    return (job.id, job.job_type, job.source, day(job.died_at), str(job.attempts), job.error)
