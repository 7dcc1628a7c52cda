"""`clm jobs list|show|retry|cancel|discard`: jobs of recent builds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import click

from clm.cli.backend_options import OWN_BACKEND, BackendCommand, chosen_backend
from clm.cli.database_options import (
    locate_queue,
    operator_options,
    spec_argument,
    spec_option,
    yes_option,
)
from clm.cli.options import NumberOption, Settings
from clm.cli.output.console import answer, plain, write_json
from clm.cli.output.formatting import day, diagnostics, first_message
from clm.cli.output.tables import aligned, show_table
from clm.database.queue.rows import JobRow
from clm.database.queue.view import QueueView
from clm.errors import UsageError
from clm.jobs.status import JobStatus

JOB_COLUMNS = ("ID", "Type", "Input file", "Status", "Error")


@click.command("list", cls=BackendCommand)
@spec_argument
@click.option(
    "--status",
    type=click.Choice([str(s) for s in JobStatus]),
    help="List only jobs with this status.",
)
@click.option("--type", "job_type", metavar="NAME", help="List only jobs of this type.")
@click.option(
    "--build", "build_id", metavar="ID", help="List only jobs of builds whose id starts with ID."
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    cls=NumberOption,
    metavar="N",
    default=100,
    show_default=True,
    help="List at most N jobs.",
)
@click.option(
    "--backend",
    metavar="NAME",
    default=OWN_BACKEND,
    show_default=True,
    help="List the dead jobs that this backend keeps.",
)
@operator_options
@click.pass_context
def list_jobs(
    context: click.Context,
    settings: Settings,
    /,
    spec: Path | None,
    as_json: bool,
    limit: int,
    backend: str,
    **filters: str | None,
) -> None:
    """List the jobs of recent builds.

    The newest jobs come first. A job is dead if it has no attempts left.
    """
    name, given = chosen_backend(context, backend)
    if name != OWN_BACKEND:
        # Imported here: it loads the plugins.
        from clm.cli.commands.operation._dead_jobs import list_dead_jobs

        list_dead_jobs(name, given, limit=limit, as_json=as_json, **filters)
        return
    with QueueView(locate_queue(settings, spec).jobs_db) as view:
        jobs = view.jobs(**filters, limit=limit)
    if as_json:
        write_json(jobs=[as_data(job) for job in jobs])
    else:
        show_table(JOB_COLUMNS, map(job_cells, jobs))


@click.command("show")
@click.argument("job_id", metavar="ID", type=int)
@spec_option
@operator_options
def show_job(settings: Settings, /, job_id: int, spec: Path | None, as_json: bool) -> None:
    """Show the details of a job."""
    with QueueView(locate_queue(settings, spec).jobs_db) as view:
        job = _job(view, job_id)
    if as_json:
        write_json(job=as_data(job))
        return
    for line in aligned([(f"{name}:", text) for name, text in _details(job)]):
        click.echo(plain(line))
    for diagnostic in diagnostics(job.error):
        place = diagnostic.get("place") or {}
        where = ":".join(str(place[k]) for k in ("file", "line") if place.get(k))
        click.echo(plain(f"\n{diagnostic.get('severity')}: {where}: {diagnostic.get('message')}"))
        for key in ("excerpt", "hint", "details"):
            if diagnostic.get(key):
                click.echo(plain(f"    {key}: {diagnostic[key]}"))


@click.command("retry")
@click.argument("job_id", metavar="ID", type=int)
@spec_option
@operator_options
def retry_job(settings: Settings, /, job_id: int, spec: Path | None, as_json: bool) -> None:
    """Requeue a failed or cancelled job.

    It is run by its build or the persistent pool. The next build takes the result from the cache.
    """
    # Imported here: only commands that change jobs need it.
    from clm.backends.admin import retry

    retry(locate_queue(settings, spec).jobs_db, job_id)
    answer(f"job {job_id} requeued", as_json=as_json, id=job_id, status="pending")


@click.command("cancel")
@click.argument("job_id", metavar="ID", type=int)
@spec_option
@operator_options
def cancel_job(settings: Settings, /, job_id: int, spec: Path | None, as_json: bool) -> None:
    """Cancel a pending or running job.

    Jobs that depend on it are cancelled, too.
    """
    from clm.backends.admin import cancel

    cancel(locate_queue(settings, spec).jobs_db, job_id)
    answer(f"job {job_id} cancelled", as_json=as_json, id=job_id, status="cancelled")


@click.command("discard", cls=BackendCommand)
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "discards_all", is_flag=True, help="Discard all dead jobs.")
@click.option("--backend", metavar="NAME", help="Discard dead jobs that this backend keeps.")
@yes_option
@operator_options
@click.pass_context
def discard_jobs(
    context: click.Context,
    settings: Settings,
    /,
    ids: tuple[str, ...],
    discards_all: bool,
    backend: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Discard dead jobs that a backend keeps.

    They are those of `clm jobs list` with the same backend. The next build runs a job that has
    failed again, whether it was discarded or not.
    """
    # Imported here: it loads the plugins.
    from clm.cli.commands.operation._dead_jobs import discard_dead_jobs

    if bool(ids) == discards_all:
        raise UsageError("give the ids of dead jobs, or --all")
    name, given = chosen_backend(context, backend or OWN_BACKEND)
    discarded = discard_dead_jobs(name, given, ids, yes=yes)
    answer(f"{len(discarded)} dead job(s) discarded", as_json=as_json, ids=discarded)


def job_cells(job: JobRow) -> tuple[str, ...]:
    """Return the job as a row of a table."""
    return (str(job.id), job.job_type, job.source, job.status, first_message(job.error))


def as_data(job: JobRow) -> dict[str, Any]:
    """Return the job as JSON data."""
    return {**attrs.asdict(job), "error": diagnostics(job.error)}


def _job(view: QueueView, job_id: int) -> JobRow:
    job = view.job(job_id)
    if job is None:
        raise UsageError(f"job {job_id} not found", hint="list the jobs with `clm jobs list`")
    return job


def _details(job: JobRow) -> list[tuple[str, str]]:
    return [
        ("ID", str(job.id)),
        ("Type", job.job_type),
        ("Input file", job.source),
        ("Status", job.status),
        ("Attempts", f"{job.attempts} of {job.max_attempts}"),
        ("Waits for", f"{job.blockers} job(s)"),
        ("Build", job.build_id),
        ("Request", job.request_id),
        ("Correlation id", job.correlation_id),
        ("Worker", job.worker_id or "-"),
        ("Queued", day(job.created_at)),
        ("Started", day(job.started_at)),
        ("Ended", day(job.finished_at)),
        ("Result", job.result_key or "-"),
    ]
