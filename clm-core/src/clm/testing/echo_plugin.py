"""Plugin for testing backends: its worker behaves as the payload of a job specifies."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

from clm.errors import ConversionError, Place, TransientJobError
from clm.hookspecs import hookimpl
from clm.jobs.job_type import JobType
from clm.jobs.planning import PlanContext
from clm.jobs.request import JobRequest
from clm.jobs.result import Result
from clm.jobs.source import SourceFile
from clm.jobs.worker import Job, Worker


@frozen
class EchoPayload:
    """A job that echoes `text` and all inputs.

    `log` is a file that gets a line for each attempt, `error` the message of an author's mistake,
    `transient` the number of attempts that fail first, counted by the lines of `log`. With
    `wait_for` the worker waits until that file exists or the job is cancelled; `progress` is
    reported before.
    """

    text: str = ""
    log: str = ""
    error: str = ""
    transient: int = 0
    wait_for: str = ""
    progress: float | None = None


class Echo(Worker):
    def convert(self, payload: EchoPayload, job: Job) -> Result:
        attempts = _log(payload.log) if payload.log else 0
        if payload.error:
            raise ConversionError(payload.error, place=Place(job.source, 3))
        if 0 < attempts <= payload.transient:
            raise TransientJobError(f"attempt {attempts} failed")
        if payload.progress is not None:
            job.progress(payload.progress, "echoing")
        while payload.wait_for and not Path(payload.wait_for).exists():
            if job.is_cancelled():
                break
            time.sleep(0.005)
        inputs = sorted(path for path in job.folder.rglob("*") if path.is_file())
        data = payload.text.encode() + b"".join(path.read_bytes() for path in inputs)
        return Result({name: data for name in job.outputs})


def _log(name: str) -> int:
    with Path(name).open("a", encoding="utf-8") as log:
        log.write("tried\n")
    return len(Path(name).read_text(encoding="utf-8").splitlines())


def _environment(name: str) -> str:
    """The value of a variable, for tests with several environments on one machine."""
    if name == "broken":
        raise OSError("no such thing")
    return os.environ.get(f"ECHO_{name.upper()}", "usual")


def plan(source: SourceFile, context: PlanContext) -> Iterator[JobRequest]:
    """Plan nothing: tests create the jobs themselves."""
    yield from ()


@hookimpl
def clm_job_types() -> list[JobType]:
    echo: dict[str, Any] = {
        "payload": EchoPayload,
        "worker": f"{__name__}:Echo",
        "environment": _environment,
    }
    return [JobType(name="echo", patterns=(), plan=plan, fingerprint=lambda: "echo 1", **echo)]
