"""Losses of workers, engines, broker and builder while jobs run."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from broker_workers import BrokerWorkers
from clm_program import run_clm
from course_folder import ClmProcess, CourseFolder, until
from held_job import HeldJob
from rabbitmq_broker import RabbitmqBroker

pytestmark = [pytest.mark.faults, pytest.mark.slow]

StartWorkers = Callable[..., BrokerWorkers]
COUNT = 40


def build(course: CourseFolder, broker: RabbitmqBroker, *arguments: str) -> ClmProcess:
    return course.start("--broker", broker.url, *arguments)


def add_texts(course: CourseFolder, log: Path) -> None:
    """Adds sources whose jobs log their tries."""
    for number in range(COUNT):
        course.add(f"intro/text{number}.shout", f"text {number}\n!log {log}\n")


def queues(broker: RabbitmqBroker) -> list[str]:
    return broker.control("list_queues", "name", "--no-table-headers").split()


def messages_in(broker: RabbitmqBroker) -> int:
    """The messages in the queues of jobs."""
    lines = broker.control("list_queues", "name", "messages", "--no-table-headers").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("clm.shout."))


def all_texts(course: CourseFolder) -> bool:
    return all(course.texts(f"text{n}.txt") == {f"TEXT {n}\n"} for n in range(COUNT))


def test_job_of_lost_workers_redelivered(
    far_course: CourseFolder,
    held: HeldJob,
    broker: RabbitmqBroker,
    start_workers: StartWorkers,
) -> None:
    far_course.add("intro/one.shout", held.source())
    first = start_workers(broker.url)
    run = build(far_course, broker)
    engine = held.await_begin().pid
    first.kill()
    start_workers(broker.url)
    assert held.await_second_try().pid != engine
    held.release()
    code, _, err = run.finish(seconds=40)
    assert code == 0, err
    assert far_course.texts("one.txt") == {"X\n"}
    until(lambda: not Path(f"/proc/{engine}").exists(), "the end of the lost engine")


def test_job_of_killed_engine_retried(
    far_course: CourseFolder,
    held: HeldJob,
    broker: RabbitmqBroker,
    start_workers: StartWorkers,
) -> None:
    far_course.add("intro/one.shout", held.source())
    start_workers(broker.url)
    run = build(far_course, broker)
    os.kill(held.await_begin().pid, signal.SIGKILL)
    held.await_second_try()
    held.release()
    assert run.finish(seconds=40)[0] == 0
    assert far_course.texts("one.txt") == {"X\n"}


def test_poison_job_fails_by_name(
    far_course: CourseFolder, broker: RabbitmqBroker, start_workers: StartWorkers, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    far_course.add("intro/bad.shout", f"!log {log}\n!print last words\n!abort\n")
    far_course.add("intro/good.shout", "good")
    start_workers(broker.url)
    code, _, err = build(far_course, broker).finish()
    assert code == 1
    assert "bad.shout" in err and "exit code" in err
    assert len(log.read_text().splitlines()) == 3
    assert far_course.texts("good.txt") == {"GOOD"}
    for _ in range(2):  # looking at it does not consume it
        listed = run_clm("jobs", "list", "--json", "--broker", broker.url, "--type", "shout")
        (job,) = json.loads(listed.stdout)["jobs"]
        assert "bad.shout" in job["source"]
        assert job["attempts"] == 3
        assert "exit code" in job["error"]


def test_restarted_broker_loses_nothing(
    far_course: CourseFolder,
    held: HeldJob,
    own_broker: RabbitmqBroker,
    start_workers: StartWorkers,
    tmp_path: Path,
) -> None:
    log = tmp_path / "log"
    add_texts(far_course, log)
    far_course.add("intro/held.shout", held.source())
    workers = start_workers(own_broker.url)
    run = build(far_course, own_broker, "--json")
    held.await_begin()
    own_broker.kill()
    own_broker.start()
    workers.await_text("again")
    held.release()
    code, out, err = run.finish(seconds=40)
    assert code == 0, err
    assert all_texts(far_course)
    assert far_course.texts("held.txt") == {"X\n"}
    assert out.count('"job-finished"') == COUNT + 1


def test_job_ended_without_broker_is_delivered(
    far_course: CourseFolder,
    held: HeldJob,
    own_broker: RabbitmqBroker,
    start_workers: StartWorkers,
) -> None:
    far_course.add("intro/one.shout", held.source())
    workers = start_workers(own_broker.url, arguments=("--jobs", "1"))
    run = build(far_course, own_broker)
    held.await_begin()
    own_broker.stop()
    held.release()
    workers.await_text("lost")
    own_broker.start()
    assert run.finish(seconds=40)[0] == 0
    assert far_course.texts("one.txt") == {"X\n"}


def test_killed_build_ends_its_jobs(
    far_course: CourseFolder,
    held: HeldJob,
    broker: RabbitmqBroker,
    start_workers: StartWorkers,
    tmp_path: Path,
) -> None:
    far_course.add("intro/a.shout", held.source())
    far_course.add("intro/b.shout", f"b\n!log {tmp_path / 'log'}\n")
    start_workers(broker.url, arguments=("--jobs", "1"))
    run = build(far_course, broker)
    held.await_begin()
    run.process.kill()
    # What the broker does by itself a minute after the build is gone.
    (queue,) = [name for name in queues(broker) if name.startswith("clm.build.")]
    broker.control("delete_queue", queue)
    until(lambda: not messages_in(broker), "the end of the jobs")
    assert not (tmp_path / "log").exists()
    held.release()
    code, _, err = build(far_course, broker).finish()
    assert code == 0, err
    assert far_course.texts("a.txt") == {"X\n"}
