"""`clm workers list|start|stop|restart|logs`: worker processes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import attrs
import click

from clm.backends.paths import ClmPaths
from clm.cli.backend_options import OWN_BACKEND, BackendCommand, chosen_backend
from clm.cli.database_options import (
    confirm,
    locate,
    locate_queue,
    operator_options,
    spec_argument,
    spec_option,
    yes_option,
)
from clm.cli.options import NumberOption, Settings
from clm.cli.output.console import answer, echo_err, plain, write_json
from clm.cli.output.formatting import ago, duration, size
from clm.cli.output.tables import show_table
from clm.database.queue.rows import WorkerRow
from clm.database.queue.view import QueueView
from clm.errors import UsageError
from clm.workers.log_files import older

_COLUMNS = ("ID", "Type", "Status", "Jobs", "Uptime", "Last heartbeat")


@click.command("list")
@spec_argument
@click.option("--all", "ended", is_flag=True, help="Include stopped and dead workers.")
@operator_options
def list_workers(settings: Settings, /, spec: Path | None, ended: bool, as_json: bool) -> None:
    """List the workers.

    These are the workers of running builds and of the persistent pool.
    """
    with QueueView(locate_queue(settings, spec).jobs_db) as view:
        workers = view.workers(ended=ended)
    if as_json:
        write_json(workers=[_as_data(worker) for worker in workers])
    else:
        show_table(_COLUMNS, map(_cells, workers))


@click.command("start", cls=BackendCommand)
@spec_argument
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    cls=NumberOption,
    metavar="N",
    help="Run at most N workers at a time.  [default: one per core]",
)
@click.option(
    "--minimum",
    type=click.IntRange(min=0),
    cls=NumberOption,
    metavar="N",
    default=1,
    show_default=True,
    help="Keep N workers of each type even when idle.",
)
@click.option(
    "--idle-seconds",
    type=click.FloatRange(min=0),
    cls=NumberOption,
    metavar="SECONDS",
    default=60.0,
    show_default=True,
    help="Stop the other workers after this many idle seconds.",
)
@click.option(
    "--type",
    "job_types",
    metavar="NAME",
    multiple=True,
    help="Serve only this job type (repeatable).",
)
@click.option("--detach", is_flag=True, help="Run in the background; return after the start.")
@click.option(
    "--backend",
    metavar="NAME",
    default=OWN_BACKEND,
    show_default=True,
    help="Serve builds with this backend, also on other machines.",
)
@operator_options
@click.pass_context
def start_workers(
    context: click.Context,
    settings: Settings,
    /,
    spec: Path | None,
    detach: bool,
    as_json: bool,
    backend: str,
    **options: Any,
) -> None:
    """Start a persistent worker pool.

    It runs until it is stopped by `clm workers stop`, Ctrl-C or a signal. A build uses it if both
    have the same versions of plugins, tools and packages.
    """
    # Imported here: only this command needs them.
    from clm.cli.commands.operation._backend_workers import serve_backend
    from clm.cli.commands.operation._pool_start import start

    name, given = chosen_backend(context, backend)
    if name != OWN_BACKEND:
        if detach:
            raise UsageError(
                f"--detach is not possible with the backend {name!r}",
                hint="start it as a service of the system",
            )
        serve_backend(name, given, **options)
        return
    start(locate(settings, spec), detach=detach, as_json=as_json, **options)


@click.command("stop")
@spec_argument
@yes_option
@operator_options
def stop_workers(settings: Settings, /, spec: Path | None, yes: bool, as_json: bool) -> None:
    """Stop the persistent worker pool.

    Builds that use it continue with their own workers.
    """
    from clm.backends.admin import stop_pool

    paths = locate_queue(settings, spec)
    with QueueView(paths.jobs_db) as view:
        pools = view.pools()
    if not pools:
        echo_err("no persistent pool is running")
    else:
        confirm(f"stop {len(pools)} pool(s)?", yes=yes)
    for pool in pools:
        stop_pool(paths.jobs_db, pool)
        echo_err(f"pool {pool.id} stopped")
    if as_json:
        write_json(stopped=[pool.id for pool in pools])


@click.command("restart")
@click.argument("worker_id", metavar="ID")
@click.option("--force", is_flag=True, help="Kill the worker at once; its job is retried.")
@spec_option
@yes_option
@operator_options
def restart_worker(
    settings: Settings,
    /,
    worker_id: str,
    force: bool,
    spec: Path | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Replace a worker with a new one.

    It finishes its current job first, unless --force is given.
    """
    from clm.backends.admin import restart

    confirm(f"restart {worker_id}?", yes=yes)
    restart(locate_queue(settings, spec).jobs_db, worker_id, force=force)
    outcome = "killed" if force else "stops after its current job"
    answer(f"worker {worker_id} {outcome}", as_json=as_json, id=worker_id, restarted=True)


@click.command("logs")
@click.argument("worker_id", metavar="[ID]", required=False)
@click.option(
    "--follow", "-f", is_flag=True, help="Print new lines as they are written, until Ctrl-C."
)
@click.option(
    "--lines",
    type=click.IntRange(min=0),
    cls=NumberOption,
    metavar="N",
    default=50,
    show_default=True,
    help="Show the last N lines.",
)
@spec_option
@operator_options
def show_logs(
    settings: Settings,
    /,
    worker_id: str | None,
    follow: bool,
    lines: int,
    spec: Path | None,
    as_json: bool,
) -> None:
    """Show the log of a worker.

    ID is the id of a worker or a pool. Without it, the available logs are listed.
    """
    paths = locate(settings, spec)
    if worker_id is None:
        list_logs(paths, as_json=as_json)
    else:
        show_log(paths, worker_id, lines=lines, follow=follow, as_json=as_json)


def _cells(worker: WorkerRow) -> tuple[str, ...]:
    now = time.time()
    end = now if worker.status in ("starting", "idle", "busy") else worker.heartbeat_at
    jobs = f"{worker.processed + worker.failed}"
    failed = f" ({worker.failed} failed)" if worker.failed else ""
    return (
        worker.id,
        worker.job_type,
        worker.status,
        jobs + failed,
        duration(end - worker.started_at),
        ago(worker.heartbeat_at),
    )


def _as_data(worker: WorkerRow) -> dict[str, Any]:
    return attrs.asdict(worker)


_POLL_SECONDS = 0.2


def list_logs(paths: ClmPaths, *, as_json: bool) -> None:
    """Print a list of the logs, newest first."""
    found = [(log.stat().st_mtime, log) for log in paths.logs.glob("*.log")]
    logs = sorted(found, reverse=True)
    if as_json:
        write_json(logs=[{"id": log.stem, "path": str(log)} for _, log in logs])
        return
    rows = [(log.stem, size(log.stat().st_size), ago(written)) for written, log in logs]
    show_table(("ID", "Size", "Last written"), rows)


def show_log(paths: ClmPaths, worker_id: str, *, lines: int, follow: bool, as_json: bool) -> None:
    """Print the last lines of a log; with `follow`, print new lines until interrupted."""
    log = _find(paths, worker_id)
    text = _read(older(log)) + _read(log)
    last = text.splitlines()[-lines:] if lines else []
    if as_json:
        write_json(id=worker_id, path=str(log), lines=last)
        return
    for line in last:
        click.echo(plain(line))
    if follow:
        _follow(log)


def _find(paths: ClmPaths, worker_id: str) -> Path:
    recorded = _recorded_path(paths, worker_id)
    if recorded is not None and recorded.is_file():
        return recorded
    # Compared, not joined: an id must not be used as a path.
    for log in paths.logs.glob("*.log"):
        if log.stem == worker_id:
            return log
    raise UsageError(f"no log of {worker_id!r}", hint="list the logs with `clm workers logs`")


def _recorded_path(paths: ClmPaths, worker_id: str) -> Path | None:
    if not paths.jobs_db.is_file():
        return None
    with QueueView(paths.jobs_db) as view:
        worker = view.worker(worker_id)
        pool = next((pool for pool in view.pools() if pool.id == worker_id), None)
    path = worker.log_path if worker else pool.log_path if pool else ""
    return Path(path) if path else None


def _read(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _follow(log: Path) -> None:
    position = log.stat().st_size
    while True:
        end = log.stat().st_size
        if end < position:
            position = 0  # the log was rotated
        if end > position:
            with log.open("rb") as file:
                file.seek(position)
                added = file.read(end - position)
            position = end
            click.echo(plain(added.decode(errors="replace")), nl=False)
        time.sleep(_POLL_SECONDS)
