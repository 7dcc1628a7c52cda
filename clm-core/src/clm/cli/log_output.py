"""Showing the logs of workers and pools."""

from __future__ import annotations

import time
from pathlib import Path

import click

from clm.backends.paths import ClmPaths
from clm.cli.json_output import write_json
from clm.cli.messages import plain
from clm.cli.tables import show_table
from clm.cli.wording import ago, size
from clm.database.queue.view import QueueView
from clm.errors import UsageError
from clm.workers.log_files import older

_LOOK_SECONDS = 0.2


def list_logs(paths: ClmPaths, *, as_json: bool) -> None:
    """Print which logs there are, the newest first."""
    found = [(log.stat().st_mtime, log) for log in paths.logs.glob("*.log")]
    logs = sorted(found, reverse=True)
    if as_json:
        write_json(logs=[{"id": log.stem, "path": str(log)} for _, log in logs])
        return
    rows = [(log.stem, size(log.stat().st_size), ago(written)) for written, log in logs]
    show_table(("ID", "Size", "Last written"), rows)


def show_log(paths: ClmPaths, worker_id: str, *, lines: int, follow: bool, as_json: bool) -> None:
    """Print the end of a log, and with `follow` what is added to it."""
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
    named = _named_in_queue(paths, worker_id)
    if named is not None and named.is_file():
        return named
    # Compared, not joined: an id is no path.
    for log in paths.logs.glob("*.log"):
        if log.stem == worker_id:
            return log
    raise UsageError(
        f"there is no log of {worker_id!r}", hint="`clm workers logs` lists those there are"
    )


def _named_in_queue(paths: ClmPaths, worker_id: str) -> Path | None:
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
            position = 0  # its older part was set aside
        if end > position:
            with log.open("rb") as file:
                file.seek(position)
                added = file.read(end - position)
            position = end
            click.echo(plain(added.decode(errors="replace")), nl=False)
        time.sleep(_LOOK_SECONDS)
