"""Helpers for tests of the operator commands."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import psutil
from course_folder import ClmProcess, CourseFolder
from held_job import HeldJob

from clm.database.queue.rows import WorkerRow
from clm.database.queue.view import QueueView

Clm = Callable[..., "subprocess.CompletedProcess[str]"]


def data(result: subprocess.CompletedProcess[str]) -> Any:
    """The JSON output of a successful command."""
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def start_pool(clm: Clm, *arguments: str) -> Any:
    """Starts a persistent pool for `shout`; returns the command's data about it."""
    return data(clm("workers", "start", "--detach", "--json", "--type", "shout", *arguments))


def workers(course: CourseFolder, status: str | None = None) -> list[WorkerRow]:
    with QueueView(course.own / "clm_jobs.db") as view:
        return [w for w in view.workers() if status is None or w.status == status]


def has_ended(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def start_held_build(course: CourseFolder, held: HeldJob) -> ClmProcess:
    """Starts a build, and waits until it runs a job."""
    course.add("intro/one.shout", held.source("one"))
    course.add("intro/two.shout", "two\n")
    run = course.start(jobs=1)
    held.await_begin()
    return run
