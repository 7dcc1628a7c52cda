"""A plugin for trying backends: its converter does what the payload of a job says."""

from __future__ import annotations

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
    """What to do: echo `text` and all inputs.

    `log` is a file that gets a line for each try, `error` the message of an author's mistake,
    `transient` how many tries fail first, by the lines of `log`. With `wait_for` the converter
    waits for a file of that path, or for being cancelled; `progress` is told before.
    """

    text: str = ""
    log: str = ""
    error: str = ""
    transient: int = 0
    wait_for: str = ""
    progress: float | None = None


class Echo(Worker):
    def convert(self, payload: EchoPayload, job: Job) -> Result:
        tries = _log(payload.log) if payload.log else 0
        if payload.error:
            raise ConversionError(payload.error, place=Place(job.source, 3))
        if 0 < tries <= payload.transient:
            raise TransientJobError(f"try {tries} failed")
        if payload.progress is not None:
            job.progress(payload.progress, "echoing")
        while payload.wait_for and not Path(payload.wait_for).exists():
            if job.is_cancelled():
                break
            time.sleep(0.005)
        inputs = sorted(path for path in job.folder.rglob("*") if path.is_file())
        said = payload.text.encode() + b"".join(path.read_bytes() for path in inputs)
        return Result({name: said for name in job.outputs})


def _log(name: str) -> int:
    with Path(name).open("a", encoding="utf-8") as log:
        log.write("tried\n")
    return len(Path(name).read_text(encoding="utf-8").splitlines())


def plan(source: SourceFile, context: PlanContext) -> Iterator[JobRequest]:
    """Its jobs are not made of sources."""
    yield from ()


@hookimpl
def clm_job_types() -> list[JobType]:
    echo: dict[str, Any] = {"payload": EchoPayload, "worker": f"{__name__}:Echo"}
    return [JobType(name="echo", patterns=(), plan=plan, fingerprint=lambda: "echo 1", **echo)]
