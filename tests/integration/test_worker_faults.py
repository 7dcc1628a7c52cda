"""Signals to real workers that are running jobs."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from course_folder import CourseFolder, messages, outcomes, until
from held_job import HeldJob

from clm.builder import BuildReport, Outcome
from clm.database.queue.job_queue import JobQueue
from clm.database.queue.registry import Registry

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name == "nt", reason="POSIX signals"),
]


@contextmanager
def building(course: CourseFolder, held: HeldJob, **options: Any) -> Iterator[list[BuildReport]]:
    """Runs a build in another thread; on exit, releases the job and waits for the report."""
    reports: list[BuildReport] = []
    arguments = {"poll_interval": 0.1, "stall_limit": 20, **options}
    thread = threading.Thread(target=lambda: reports.append(course.build(**arguments)))
    thread.start()
    try:
        yield reports
    finally:
        held.release()
        thread.join()


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("jobs", [1, 2])
def test_job_of_killed_worker_requeued(course: CourseFolder, held: HeldJob, jobs: int) -> None:
    course.add("intro/one.shout", held.source())
    course.add("intro/two.shout", "two")
    run = course.start(jobs=jobs)
    first = held.await_begin()

    os.kill(first.pid, signal.SIGKILL)
    second = held.await_second_try()
    held.release()
    code, _, err = run.finish()

    assert code == 0, err
    assert course.texts("one.txt") == {"X\n"}
    assert first.worker != second.worker
    assert held.tries() == [first, second]
    assert course.job_folders() == []


def test_terminated_worker_returns_job(course: CourseFolder, held: HeldJob) -> None:
    # A single attempt: a returned job does not count as one.
    course.add("intro/one.shout", held.source("!attempts 1\nx"))
    run = course.start()

    os.kill(held.await_begin().pid, signal.SIGTERM)
    held.await_second_try()
    held.release()
    code, _, err = run.finish()

    assert code == 0, err
    assert course.texts("one.txt") == {"X\n"}


def test_idle_worker_terminates_at_once(course: CourseFolder, held: HeldJob) -> None:
    course.add("intro/one.gen", held.source())
    course.add("intro/one.shout", "x\n!needs one.made\n")
    run = course.start()
    idle = until(lambda: [w for w in run.workers() if '"shout"' in w.cmdline()[-1]], "a worker")[0]
    until(lambda: (course.own / "logs").exists(), "the logs")

    idle.terminate()
    until(lambda: has_ended(idle), seconds=5)
    held.release()

    assert run.finish()[0] == 0
    assert course.texts("one.txt") == {"X\nX\n"}


def test_stale_result_discarded(course: CourseFolder, held: HeldJob, tmp_path: Path) -> None:
    more = tmp_path / "more"
    course.add("intro/one.shout", held.source())
    course.add("intro/two.shout", f"two\n!wait-for {more}\n")
    with building(course, held, jobs=2, lease_seconds=1.0) as reports:
        stopped = held.await_begin().pid
        os.kill(stopped, signal.SIGSTOP)
        more.touch()
        held.await_second_try()
        held.release()
        os.kill(stopped, signal.SIGCONT)

    (report,) = reports
    assert report.ok, messages(report)
    assert [job.outcome for job in report.jobs] == [Outcome.BUILT, Outcome.BUILT]
    assert course.texts("one.txt") == {"X\n"}


def test_stopped_worker_is_replaced(course: CourseFolder, held: HeldJob) -> None:
    course.add("intro/one.shout", held.source())
    with building(course, held, lease_seconds=0.5) as reports:
        os.kill(held.await_begin().pid, signal.SIGSTOP)
        held.await_second_try()

    (report,) = reports
    assert report.ok, messages(report)
    assert course.texts("one.txt") == {"X\n"}


def test_single_crash_is_retried(course: CourseFolder, tmp_path: Path) -> None:
    course.add("intro/one.shout", f"x\n!abort-once {tmp_path / 'once'}\n")

    report = course.build()

    assert outcomes(report) == {"one.shout": Outcome.BUILT}
    assert course.job_folders() == []


def test_always_crashing_job_fails_alone(course: CourseFolder, tmp_path: Path) -> None:
    log = tmp_path / "log"
    course.add("intro/bad.shout", f"!log {log}\n!print famous last words\n!abort\n")
    for number in range(5):
        course.add(f"intro/{number}.shout", str(number))

    report = course.build(jobs=2)

    assert outcomes(report) == {
        "bad.shout": Outcome.FAILED,
        **{f"{number}.shout": Outcome.BUILT for number in range(5)},
    }
    assert len(log.read_text().splitlines()) == 3
    assert "the worker crashed while running this job (exit code -6)" in messages(report)
    (failed,) = (job for job in report.jobs if job.outcome is Outcome.FAILED)
    assert "famous last words" in (failed.diagnostics[0].details or "")
    assert course.job_folders() == []


def test_children_end_with_killed_worker(course: CourseFolder, held: HeldJob) -> None:
    course.add("intro/one.shout", held.source(begin="child"))
    run = course.start()
    worker = psutil.Process(held.await_begin().pid)
    (child,) = worker.children()

    worker.kill()

    until(lambda: has_ended(child), seconds=2)
    held.release()
    assert run.finish()[0] == 0


def test_leftover_processes_end_with_build(course: CourseFolder, tmp_path: Path) -> None:
    course.add("intro/one.shout", f"x\n!child {tmp_path / 'up'}\n")
    run = course.start()

    code, _, err = run.finish()

    assert code == 0, err
    assert run.living() == []


def test_unresponsive_cancelled_job_is_killed(course: CourseFolder, tmp_path: Path) -> None:
    up = tmp_path / "up"
    course.add("intro/busy.shout", f"x\n!write {up}\n!burn 600\n")
    course.add("intro/two.shout", "two\n")
    run = course.start(jobs=1)
    until(up.exists, "the job")
    (worker,) = run.workers()

    with JobQueue(course.own / "clm_jobs.db") as queue:
        (build,) = Registry(queue).live_builds()
        (job,) = queue.processing(build)
        assert queue.cancel_job(job)
    code, out, err = run.finish()

    assert code == 1, (out, err)
    assert not worker.is_running()
    assert course.texts("two.txt") == {"TWO\n"}
    assert course.job_folders() == []


def test_held_worker_ended_by_pool(course: CourseFolder) -> None:
    # In native code that lets no other thread run, so the worker cannot end it itself.
    course.add("intro/held.shout", "!attempts 1\n!hold\n")
    course.add("intro/two.shout", "two")
    others = psutil.Process().children()  # such as a browser of other tests

    # Four leases, in which a worker must also start on a busy machine.
    report = course.build(jobs=1, lease_seconds=2.0, poll_interval=0.1)

    assert outcomes(report) == {"held.shout": Outcome.FAILED, "two.shout": Outcome.BUILT}
    assert "held.shout: its worker did not renew the lease in time" in messages(report)
    assert set(psutil.Process().children()) <= set(others)


STOP_ONCE = """
import os, pathlib, signal, sys
mark = pathlib.Path(__file__).with_name("stopped")
if "clm.workers.worker.process" in sys.orig_argv and not mark.exists():
    mark.touch()
    os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_worker_stopped_before_heartbeat_replaced(
    course: CourseFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "stopping"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(STOP_ONCE)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    course.add("intro/one.shout", "one")

    report = course.build(jobs=1, lease_seconds=1.0, poll_interval=0.1)

    assert report.ok, messages(report)
    assert (folder / "stopped").exists()


def test_start_crash_loop_names_plugin(
    course: CourseFolder,
) -> None:
    course.add("intro/no.mute", "x")

    code, out, err = course.start().finish()

    assert code == 1
    assert "plugin 'shout' for 'mute'" in out + err
    assert "this worker cannot start" in out + err
