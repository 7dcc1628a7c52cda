"""Runs of jobs in processes that get them as bytes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pipe_engines import ENGINE

from clm.backends.api import (
    BackendContext,
    EndedJob,
    JobStatus,
    SendingRunner,
    StreamRunner,
    SubmittedJob,
    command_sender,
)
from clm.backends.paths import ClmPaths
from clm.errors import TransientJobError
from clm.jobs.request import Input, JobInput, JobRequest, OutputSpec
from clm.plugins import PluginRegistry
from clm.testing.echo_plugin import EchoPayload
from clm.testing.installing import load_only, put_on_path, write_metadata
from clm.testing.queued import submitted
from clm.workers.api import CommandStream, do_job

Run = Callable[..., EndedJob]


class Sender:
    """Does the jobs in this process; the first `fails` ones raise `error`."""

    def __init__(self) -> None:
        self.sent = 0
        self.fails = 0
        self.error: Exception = OSError("no route")
        self.do: Callable[..., bytes] = lambda packed, is_cancelled: do_job(packed)

    def __call__(self, packed: bytes, is_cancelled: Callable[[], bool]) -> bytes:
        self.sent += 1
        if self.sent <= self.fails:
            raise self.error
        return self.do(packed, is_cancelled)


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BackendContext:
    site = tmp_path / "site"
    write_metadata(site, "clm-echo", "1", {"echo": "clm.testing.echo_plugin"})
    put_on_path(monkeypatch, site)
    load_only(monkeypatch, ["echo"])
    paths = ClmPaths.of_folder(tmp_path / ".clm")
    paths.create()
    return BackendContext(PluginRegistry.load(), paths, None, jobs=1)  # type: ignore[arg-type]


@pytest.fixture
def run(context: BackendContext, sender: Sender) -> Iterator[Run]:
    """Runs an echo job by the sender, after other jobs that have ended."""
    with closing(SendingRunner(context, sender)) as runner:

        def run(name: str, *ended: EndedJob, attempts: int = 3, needs: tuple[Input, ...] = (),
                **more: object) -> EndedJob:  # fmt: skip
            payload = EchoPayload(name, **more)  # type: ignore[arg-type]
            request = JobRequest(name, "echo", payload, name, needs, (OutputSpec("out"),))
            by_id = {end.request.id: end for end in ended}
            return runner.run(submitted(request, context.plugins), by_id, attempts=attempts)

        yield run


def test_sent_job_completes(run: Run) -> None:
    assert run("a").status is JobStatus.COMPLETED


def test_cached_job_not_sent(run: Run, sender: Sender) -> None:
    assert run("a").result == run("a").result
    assert sender.sent == 1


def test_outputs_of_others_sent(run: Run) -> None:
    end = run("b", run("a"), needs=(JobInput("x", "a", "out"),))
    assert end.result is not None
    assert end.result.outputs == run("ba").result.outputs  # type: ignore[union-attr]


def test_mistake_not_sent_again(run: Run, sender: Sender) -> None:
    assert "no such word" in str(run("a", error="no such word").diagnostics[0])
    assert sender.sent == 1


@pytest.mark.parametrize("error", [OSError("no route"), TransientJobError("node down")])
def test_lost_job_sent_again(run: Run, sender: Sender, error: Exception) -> None:
    sender.fails, sender.error = 2, error
    assert run("a").status is JobStatus.COMPLETED
    assert sender.sent == 3


def test_job_given_up_after_attempts(run: Run, sender: Sender) -> None:
    sender.fails = 9
    end = run("a", attempts=2)
    assert (end.status, sender.sent) == (JobStatus.FAILED, 2)
    assert "the job could not be sent: no route" in str(end.diagnostics[0])


def test_overdue_job_not_sent_again(
    run: Run, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_JOB_LIMIT", "0.01s")

    def endless(packed: bytes, is_cancelled: Callable[[], bool]) -> bytes:
        while not is_cancelled():
            pass
        raise TransientJobError("ended")

    sender.do = endless
    end = run("a")
    assert (end.status, sender.sent) == (JobStatus.FAILED, 1)
    assert "clm-echo" in end.diagnostics[0].message
    assert "took longer than 0.01 seconds" in end.diagnostics[0].message


@pytest.mark.integration
def test_overdue_engine_replaced(context: BackendContext, monkeypatch: pytest.MonkeyPatch) -> None:
    def job(name: str, wait_for: str = "") -> SubmittedJob:
        payload, outputs = EchoPayload(name, wait_for=wait_for), (OutputSpec("out"),)
        request = JobRequest(name, "echo", payload, name, outputs=outputs)
        return submitted(request, context.plugins)

    with closing(StreamRunner(context, lambda job_type: CommandStream(ENGINE))) as runner:
        assert runner.run(job("a"), {}).status is JobStatus.COMPLETED
        with monkeypatch.context() as limited:
            limited.setenv("CLM_JOB_LIMIT", "0.2s")
            end = runner.run(job("b", "never"), {}, attempts=3)
        assert "took longer than 0.2 seconds" in end.diagnostics[0].message
        assert runner.run(job("c"), {}).status is JobStatus.COMPLETED


# -- commands ---------------------------------------------------------------------------------


def command(code: str) -> Callable[..., bytes]:
    return command_sender((sys.executable, "-c", code))


def test_command_gets_job_and_answers() -> None:
    send = command("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])")
    assert send(b"x" * 300_000 + b"y", lambda: False) == b"y" + b"x" * 300_000


def test_slow_command_gets_whole_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clm.backends.sending._CHECK_SECONDS", 0.01)  # it starts more slowly
    checks = iter(range(3_000))
    send = command("import sys; print(len(sys.stdin.buffer.read()))")
    assert int(send(b"x" * 1_000_000, lambda: next(checks, None) is None)) == 1_000_000


def test_failed_command_is_transient() -> None:
    with pytest.raises(TransientJobError, match="exit code 3"):
        command("raise SystemExit(3)")(b"", lambda: False)


def test_cancelled_command_is_killed(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    code = f"import pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(600)"
    with pytest.raises(TransientJobError, match="cancelled"):
        command(code)(b"", begun.exists)
