"""Jobs of a stub worker, and runners for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen

from clm import Diagnostic, Job, JobType, Result, Worker
from clm.jobs.envelope import dump_payload
from clm.jobs.resolved import ResolvedJob
from clm.jobs.result import StoredResult
from clm.workers.job_runner import Failure, JobRunner


@frozen
class Payload:
    text: str = ""


JOB_TYPE = JobType(
    name="test",
    patterns=("*.test",),
    payload=Payload,
    plan=lambda source, context: (),
    worker="nowhere:Nothing",
    fingerprint=lambda: "1",
)
PLUGIN = "plugin 'test' of clm-test 1.0"
ENVELOPE = dump_payload(JOB_TYPE, Payload())
TASK = ResolvedJob("test", ENVELOPE, "clm-test 1.0; 1", (), ("out",), "a.test", "id")


class StubWorker(Worker):
    """Calls the test's function; records the calls and the job's folder."""

    def __init__(self, do: Callable[[Job], Any]) -> None:
        self.do = do
        self.calls = 0
        self.folder = Path()

    def convert(self, payload: Any, job: Job) -> Result:
        self.calls += 1
        self.folder = job.folder
        result: Result = self.do(job)
        return result


RunnerOf = Callable[..., JobRunner]


def run(runner: JobRunner, task: ResolvedJob = TASK) -> StoredResult | Failure:
    result = runner.run(task, lambda: False)
    work = runner.work_folder
    assert not work.exists() or list(work.iterdir()) == []
    return result


def failure(runner: JobRunner, task: ResolvedJob = TASK) -> Diagnostic:
    result = run(runner, task)
    assert isinstance(result, Failure)
    assert not result.is_transient
    return result.diagnostics[0]
