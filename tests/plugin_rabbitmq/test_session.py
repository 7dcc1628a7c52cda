"""Jobs on their way to workers and back."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from broker_workers import BrokerWorkers
from course_folder import CourseFolder, outcomes, until
from rabbitmq_broker import RabbitmqBroker

from clm.backends.api import JobStatus, RunJobs, SubmittedJob, Tools
from clm.backends.remote import UsageError
from clm.builder import Outcome
from clm.errors import BuildStalledError
from clm.jobs.key import digest_bytes
from clm.jobs.request import FileInput
from clm.stores.folder import FolderStore
from clm.testing.backends import Bench
from clm_plugin_rabbitmq.broker import Broker
from clm_plugin_rabbitmq.build.tools import chosen
from clm_plugin_rabbitmq.topology import queue_name

pytestmark = pytest.mark.integration

StartWorkers = Callable[..., BrokerWorkers]

# Claims are returned at once, and kept by beats.
_HOLDING = """
from functools import partial
from clm.cli.main import run
from clm_plugin_rabbitmq.host import serving
serving.SlotSettings = partial(serving.SlotSettings, beat=0.05, hold=0.1)
run()
"""


def waiting_messages(broker: RabbitmqBroker, bench: Bench) -> int:
    """The jobs for `echo` at the broker, also those that workers run."""
    name = queue_name("echo", bench.job("a").fingerprint, urgent=False)
    lines = broker.control("list_queues", "name", "messages", "--no-table-headers").splitlines()
    (count,) = [int(line.split()[1]) for line in lines if line.startswith(name)]
    return count


def input_of(bench: Bench, size: int) -> FileInput:
    file = bench.folder / "data"
    file.write_bytes(b"x" * size)
    return FileInput("data", file, digest_bytes(b"x" * size))


def test_large_input_needs_shared_cache(bench: Bench, echo_workers: BrokerWorkers) -> None:
    large, small = bench.job("a", needs=[input_of(bench, 9 * 2**20)]), bench.job("b")
    observer = bench.run(large, small)
    error = observer.end_of("a").diagnostics[0]
    assert "its inputs have 9.0 MB" in error.message
    assert "set CLM_SHARED_CACHE" in (error.hint or "")
    assert observer.end_of("b").status is JobStatus.COMPLETED


def test_large_output_needs_shared_cache(bench: Bench, echo_workers: BrokerWorkers) -> None:
    # The output is the input and the text.
    needs = [input_of(bench, 8 * 2**20 - 100)]
    error = bench.run(bench.job("a", "x" * 200, needs=needs)).end_of("a").diagnostics[0]
    assert "its outputs are in the shared cache" in error.message
    assert "set CLM_SHARED_CACHE" in (error.hint or "")


def test_large_job_sent_by_shared_cache(
    bench: Bench,
    echo_workers: BrokerWorkers,
    shared_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE", str(shared_folder))
    end = bench.run(bench.job("a", "text", needs=[input_of(bench, 9 * 2**20)])).end_of("a")
    data = b"x" * 9 * 2**20
    assert bench.output(end) == b"text" + data
    stored = {path.name for path in shared_folder.glob("cas/*")}
    assert {digest_bytes(data), digest_bytes(b"text" + data)} <= stored


def test_damaged_large_input_fails_by_name(
    bench: Bench,
    echo_workers: BrokerWorkers,
    shared_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE", str(shared_folder))
    monkeypatch.setattr("clm.stores.folder.FolderStore.put", put_zeros)
    end = bench.run(bench.job("a", needs=[input_of(bench, 9 * 2**20 + 1)])).end_of("a")
    assert "is damaged" in end.diagnostics[0].message


def put_zeros(self: FolderStore, path: str, data: bytes) -> None:
    """Stores other bytes of the same length."""
    file = self._file(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(len(data)))


def test_largest_messages_pass(bench: Bench, echo_workers: BrokerWorkers) -> None:
    end = bench.run(bench.job("a", "x" * 10, needs=[input_of(bench, 8 * 2**20 - 10)])).end_of("a")
    assert len(bench.output(end)) == 8 * 2**20


def test_other_fingerprint_refused_by_name(bench: Bench, echo_workers: BrokerWorkers) -> None:
    other = evolve(bench.job("a"), fingerprint="clm-echo 2; echo 2")
    with pytest.raises(BuildStalledError, match=r"other versions.*clm-echo.*echo 1"):
        bench.run(other, stall_limit=1.0)


def test_absent_workers_named(bench: Bench) -> None:
    other = evolve(bench.job("a"), fingerprint=str(time.time_ns()))
    with pytest.raises(BuildStalledError, match=r"clm workers start --broker amqp://127.0.0.1"):
        bench.run(other, stall_limit=0.5)


def tools_of_workers(bench: Bench) -> Tools | None:
    async def ask() -> Tools | None:
        async with bench.backend() as backend:
            first = await backend.tools("echo", ["fonts"])
            assert await backend.tools("echo", ["fonts"]) == first
            return first

    return asyncio.run(ask())


def test_workers_say_their_tools(
    bench: Bench,
    own_broker: RabbitmqBroker,
    echo_environment: dict[str, str],
    start_workers: StartWorkers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLM_BROKER", own_broker.url)
    assert tools_of_workers(bench) is None
    environment = echo_environment | {"ECHO_FONTS": "others"}
    start_workers(own_broker.url, environment=environment)
    found = until(lambda: tools_of_workers(bench), "an answer")
    assert isinstance(found, Tools)
    assert found.environment == {"fonts": "others"}
    # The workers refuse a job that is planned for other ones.
    other = evolve(found, environment={"fonts": "usual"}).fingerprint_for(["fonts"])
    for fingerprint, status in (
        (found.fingerprint_for(["fonts"]), JobStatus.COMPLETED),
        (other, JobStatus.FAILED),
    ):
        job = asking_for_fonts(bench, fingerprint)
        assert bench.run(job).end_of(job.request.id).status is status


def asking_for_fonts(bench: Bench, fingerprint: str) -> SubmittedJob:
    job = bench.job(f"job {fingerprint}")
    data = {**json.loads(job.envelope), "environment": ["fonts"]}
    return evolve(job, fingerprint=fingerprint, envelope=json.dumps(data))


def test_tools_without_broker_are_own(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLM_BROKER", "amqp://127.0.0.1:1")
    assert tools_of_workers(bench) is None


OWN = Tools("echo: 1", {"fonts": "own"})
OTHER, THIRD = evolve(OWN, environment={"fonts": "b"}), evolve(OWN, environment={"fonts": "a"})


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([], None),
        ([OTHER, OTHER, OWN], OWN),
        ([THIRD, OTHER, OTHER], OTHER),
        ([OTHER, THIRD], THIRD),
    ],
)
def test_tools_of_most_workers_chosen(answers: list[Tools], expected: Tools | None) -> None:
    assert chosen(answers, OWN) == expected


def test_older_workers_refused() -> None:
    with pytest.raises(UsageError, match="reads payloads up to version 1, this build's have 2"):
        chosen([OWN], evolve(OWN, payload_version=2))


def test_work_names_worker(bench: Bench, echo_workers: BrokerWorkers) -> None:
    assert "/echo-" in bench.run(bench.job("a")).end_of("a").work.worker


def test_long_job_needs_no_claim(
    bench: Bench,
    own_broker: RabbitmqBroker,
    echo_environment: dict[str, str],
    start_workers: StartWorkers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The broker holds no message of a long job; if its worker is lost, the build notices."""
    monkeypatch.setenv("CLM_BROKER", own_broker.url)
    log, go = bench.folder / "log", bench.folder / "go"
    program = (sys.executable, "-c", _HOLDING)
    first = start_workers(own_broker.url, environment=echo_environment, program=program)

    def lose_first() -> None:
        until(log.exists, "the job")
        until(lambda: waiting_messages(own_broker, bench) == 0, "the end of the claim")
        first.kill()
        start_workers(own_broker.url, environment=echo_environment)
        until(lambda: len(log.read_text().splitlines()) == 2, "the second try")
        go.touch()

    async def build() -> None:
        async with bench.backend(lease_seconds=2.0, poll_interval=0.1) as backend:
            job = bench.job("a", log=str(log), wait_for=str(go))
            await backend.execute_operation(RunJobs((job,)))
            await asyncio.gather(backend.wait_for_completion(), asyncio.to_thread(lose_first))

    asyncio.run(build())
    assert bench.output(bench.observer.end_of("a")) == b"a"


def test_overdue_job_not_tried_again(
    far_course: CourseFolder, broker: RabbitmqBroker, start_workers: StartWorkers, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    far_course.add("intro/busy.shout", f"!log {log}\n!burn 600\nx\n")
    far_course.add("intro/other.shout", "other")
    limit, program = {"CLM_JOB_LIMIT": "0.5s"}, (sys.executable, "-c", _HOLDING)
    start_workers(broker.url, environment=limit, program=program)

    code, _, err = far_course.start("--broker", broker.url).finish()

    assert code == 1
    assert "busy.shout" in err and "took longer than 0.5 seconds" in " ".join(err.split())
    assert len(log.read_text().splitlines()) == 1
    assert far_course.texts("other.txt") == {"OTHER"}


def test_queues_of_ended_build_removed(
    bench: Bench, broker: RabbitmqBroker, echo_workers: BrokerWorkers
) -> None:
    bench.run(bench.job("a"))
    names = broker.control("list_queues", "name", "--no-table-headers").split()
    assert [name for name in names if name.startswith("clm.build.")] == []


def test_job_of_absent_build_dropped(
    bench: Bench, broker: RabbitmqBroker, echo_workers: BrokerWorkers, tmp_path: Path
) -> None:
    """A result that no queue takes is returned, and the worker goes on."""
    never = tmp_path / "never"

    async def interrupted() -> None:
        async with bench.backend() as backend:
            waiting = bench.job("a", wait_for=str(never))
            await backend.execute_operation(RunJobs((waiting,)))
            waiter = asyncio.create_task(backend.wait_for_completion())
            await bench.observer.first_start.wait()
            (queue,) = [n for n in queue_names(broker) if n.startswith("clm.build.")]
            broker.control("delete_queue", queue)
            waiter.cancel()
            await asyncio.gather(waiter, return_exceptions=True)

    asyncio.run(interrupted())
    until(lambda: waiting_messages(broker, bench) == 0, "the end of the job")
    assert bench.run(bench.job("b")).end_of("b").status is JobStatus.COMPLETED


def queue_names(broker: RabbitmqBroker) -> list[str]:
    return broker.control("list_queues", "name", "--no-table-headers").split()


def test_unchanged_build_does_not_connect(
    far_course: CourseFolder,
    broker: RabbitmqBroker,
    start_workers: StartWorkers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLM_BROKER", broker.url)
    connections: list[str] = []
    connect = Broker.connect

    async def counting(broker: Broker, name: str) -> object:
        connections.append(name)
        return await connect(broker, name)

    monkeypatch.setattr(Broker, "connect", counting)
    far_course.add("intro/one.shout", "one\n")
    start_workers(broker.url)
    assert far_course.build(backend="rabbitmq").ok
    assert len(connections) == 1
    report = far_course.build(backend="rabbitmq")
    assert (set(outcomes(report).values()), len(connections)) == ({Outcome.SKIPPED}, 1)
    far_course.build(backend="rabbitmq", dry_run=True)
    assert len(connections) == 1
