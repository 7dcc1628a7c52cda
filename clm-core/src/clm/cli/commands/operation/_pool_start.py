"""Start of a persistent pool in this process or in a detached one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

from clm.backends.paths import ClmPaths
from clm.cli.groups import load_plugins
from clm.cli.output.console import echo_err, write_json
from clm.database.queue.pools import PoolRow
from clm.database.queue.view import QueueView
from clm.errors import DatabaseError, OutputError, WorkerStartError
from clm.workers.folders import sweep_temporary_folders
from clm.workers.pool.server import PoolServerOptions, run_pool_server

_START_SECONDS = 60.0
_TAIL = 2_000  # characters of a log


def start(
    paths: ClmPaths,
    *,
    detach: bool,
    as_json: bool,
    jobs: int | None,
    minimum: int,
    idle_seconds: float,
    job_types: tuple[str, ...],
) -> None:
    """Run a persistent pool until it ends; with `detach`, return when it has started.

    Raises:
        UsageError: a pool is already running, or there are no job types to serve.
        WorkerStartError: a detached pool does not start.
        OSError: there is no folder for temporary files.
    """
    sweep_temporary_folders()
    try:
        paths.create()
    except OSError as error:
        raise OutputError(f"{paths.folder} cannot be created: {error.strerror}") from error
    options = PoolServerOptions(
        db_path=paths.jobs_db,
        logs=paths.logs,
        work=paths.work,
        limit=jobs or os.cpu_count() or 1,
        job_types=job_types,
        minimum=minimum,
        idle_seconds=idle_seconds,
    )
    if detach:
        pool = _detached(options)
        echo_err(f"pool {pool.id} started, process {pool.pid}; stop it with `clm workers stop`")
        if as_json:
            write_json(id=pool.id, pid=pool.pid, job_types=sorted(pool.fingerprints))
        return
    echo_err("persistent pool started; press Ctrl-C to stop it")
    run_pool_server(options, load_plugins())


def _detached(options: PoolServerOptions) -> PoolRow:
    options.logs.mkdir(parents=True, exist_ok=True)
    log = options.logs / f"pool-manager-{uuid.uuid4().hex[:8]}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            _command(options, log),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=_without_console(),
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        for pool in _pools(options.db_path):
            if pool.pid == process.pid:
                # It outlives this process: without this, Popen warns that it still runs.
                process.returncode = 0
                return pool
        if ended:
            break
        time.sleep(0.02)
    process.kill()
    tail = log.read_text(encoding="utf-8", errors="replace")[-_TAIL:].strip()
    last = tail.splitlines()[-1] if tail else "none"
    raise WorkerStartError(
        f"the pool did not start; last output: {last}", hint=f"see {log}", details=tail
    )


def _command(options: PoolServerOptions, log: Path) -> list[str]:
    # -P: a json.py in the current folder must not shadow the standard library's.
    command = [sys.executable, "-P", "-m", "clm.workers.pool"]
    command += ["--db-path", str(options.db_path), "--log-path", str(log)]
    command += ["--logs", str(options.logs), "--work", str(options.work)]
    command += ["--jobs", str(options.limit), "--minimum", str(options.minimum)]
    command += ["--idle-seconds", str(options.idle_seconds)]
    for job_type in options.job_types:
        command += ["--job-type", job_type]
    return command


def _without_console() -> int:
    """Return creation flags for a process on Windows that outlives this one and its console."""
    if sys.platform == "win32":
        return subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0


def _pools(db_path: Path) -> list[PoolRow]:
    try:
        with QueueView(db_path) as view:
            return view.pools()
    except DatabaseError:
        return []  # does not exist yet, or is being created
