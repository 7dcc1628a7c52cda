"""Exits of workers, and what they mean for the jobs."""

from __future__ import annotations

from attrs import frozen

from clm.errors import Diagnostic
from clm.machine_faults import machine_hint_in
from clm.workers.pool.executor import WorkerHandle
from clm.workers.worker.options import EXIT_DISK_FULL


@frozen
class Exit:
    """The exit of a worker, with its exit code."""

    handle: WorkerHandle
    exit_code: int


def crash_diagnostic(exit_: Exit) -> Diagnostic:
    """The error of a job whose worker has died, and which has no attempts left."""
    if exit_.exit_code == EXIT_DISK_FULL:
        return disk_full_diagnostic()
    return Diagnostic(
        f"the worker crashed while running this job (exit code {exit_.exit_code}); "
        "no attempts are left",
        hint="memory may have run out, or the converter crashes on this file; "
        f"see the log of {exit_.handle.worker_id}",
        details=exit_.handle.stderr_tail(),
    )


def disk_full_diagnostic() -> Diagnostic:
    """The error of jobs whose workers have ended since the disk is full."""
    return Diagnostic(
        "the worker ended since the disk with the databases and its folder is full",
        hint="free some space and build again: finished jobs are cached",
    )


def start_failure_diagnostic(
    plugin: str, job_type: str, attempts: int, stderr_tail: str
) -> Diagnostic:
    """The error of jobs whose workers do not start."""
    return Diagnostic(
        f"the workers of plugin {plugin!r} for {job_type!r} do not start "
        f"({attempts} attempts); last output: {stderr_tail.splitlines()[-1]}",
        hint=machine_hint_in(stderr_tail) or "run `clm doctor` to see which tools are missing",
        details=stderr_tail,
    )
