"""Kills, signals and stops in the middle of work, of real processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import pytest
from course_folder import ClmProcess, CourseFolder, messages, outcomes, until

from clm.build import BuildReport, Outcome
from clm.database.job_queue import JobQueue
from clm.database.registry import Registry

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them"),
]


def read(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def written(course: CourseFolder) -> list[Path]:
    return list((course.path / "output").rglob("*.*"))


def has_moved(course: CourseFolder, run: ClmProcess, seen: int) -> bool:
    """Whether there are more outputs than `seen`, or the build has ended."""
    return run.process.poll() is not None or len(written(course)) > seen


def kill_builder(run: ClmProcess) -> None:
    """Kills the builder, and expects that all that it has started ends: without help, and not
    only when it would have ended by itself."""
    run.process.kill()
    until(lambda: not run.living(), "the end of all processes", seconds=20.0)


def clean_outputs(
    new_course: Callable[[str], CourseFolder], files: dict[str, str]
) -> dict[str, bytes]:
    clean = new_course("clean")
    for name, text in files.items():
        clean.add(name, text)
    assert clean.build().ok
    return clean.outputs()


# -- workers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_job_of_a_killed_worker_is_done_by_another(
    course: CourseFolder, tmp_path: Path, jobs: int
) -> None:
    log, up, go = tmp_path / "log", tmp_path / "up", tmp_path / "go"
    course.add("intro/one.shout", f"x\n!log {log}\n!write {up}\n!wait-for {go}\n")
    course.add("intro/two.shout", "two")
    run = course.start(jobs=jobs)
    until(up.exists, "the job")

    os.kill(int(read(log)[0][0]), signal.SIGKILL)
    until(lambda: len(read(log)) == 2, "the second try")
    go.touch()
    code, _, err = run.finish()

    assert code == 0, err
    assert course.texts("one.txt") == {"X\n"}
    (_, first), (_, second) = read(log)
    assert first != second
    assert course.job_folders() == []


def test_a_worker_that_is_told_to_end_gives_its_job_back(
    course: CourseFolder, tmp_path: Path
) -> None:
    log, up, go = tmp_path / "log", tmp_path / "up", tmp_path / "go"
    # One attempt only: what is given back does not count.
    course.add("intro/one.shout", f"!attempts 1\nx\n!log {log}\n!write {up}\n!wait-for {go}\n")
    run = course.start()
    until(up.exists, "the job")

    os.kill(int(read(log)[0][0]), signal.SIGTERM)
    until(lambda: len(read(log)) == 2, "the second try")
    go.touch()
    code, _, err = run.finish()

    assert code == 0, err
    assert course.texts("one.txt") == {"X\n"}


def test_an_idle_worker_that_is_told_to_end_ends_at_once(
    course: CourseFolder, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    course.add("intro/one.gen", f"x\n!wait-for {go}\n")
    course.add("intro/one.shout", "x\n!needs one.made\n")
    run = course.start()
    idle = until(lambda: [w for w in run.workers() if '"shout"' in w.cmdline()[-1]], "a worker")[0]
    until(lambda: (course.own / "logs").exists(), "the logs")

    idle.terminate()
    until(lambda: not idle.is_running() or idle.status() == psutil.STATUS_ZOMBIE, seconds=5)
    go.touch()

    assert run.finish()[0] == 0
    assert course.texts("one.txt") == {"X\nX\n"}


def test_the_result_of_a_worker_that_was_stopped_for_too_long_is_thrown_away(
    course: CourseFolder, tmp_path: Path
) -> None:
    log, up, go = tmp_path / "log", tmp_path / "up", tmp_path / "go"
    more = tmp_path / "more"
    course.add("intro/one.shout", f"x\n!log {log}\n!write {up}\n!wait-for {go}\n")
    course.add("intro/two.shout", f"two\n!wait-for {more}\n")
    reports: list[BuildReport] = []
    build = threading.Thread(
        target=lambda: reports.append(
            course.build(jobs=2, lease_seconds=1.0, poll_interval=0.1, stall_limit=20)
        )
    )
    build.start()
    try:
        until(up.exists, "the job")
        stopped = int(read(log)[0][0])
        os.kill(stopped, signal.SIGSTOP)
        more.touch()
        until(lambda: len(read(log)) == 2, "the second try")
        go.touch()
        os.kill(stopped, signal.SIGCONT)
    finally:
        go.touch()
        build.join()

    (report,) = reports
    assert report.ok, messages(report)
    assert [job.outcome for job in report.jobs] == [Outcome.BUILT, Outcome.BUILT]
    assert course.texts("one.txt") == {"X\n"}


def test_a_worker_that_stays_stopped_is_replaced(course: CourseFolder, tmp_path: Path) -> None:
    log, up, go = tmp_path / "log", tmp_path / "up", tmp_path / "go"
    course.add("intro/one.shout", f"x\n!log {log}\n!write {up}\n!wait-for {go}\n")
    reports: list[BuildReport] = []
    build = threading.Thread(
        target=lambda: reports.append(
            course.build(lease_seconds=0.5, poll_interval=0.1, stall_limit=20)
        )
    )
    build.start()
    try:
        until(up.exists, "the job")
        os.kill(int(read(log)[0][0]), signal.SIGSTOP)
        until(lambda: len(read(log)) == 2, "the second try")
    finally:
        go.touch()
        build.join()

    assert reports[0].ok, messages(reports[0])


def test_a_job_that_crashes_its_worker_once_is_done_by_another(
    course: CourseFolder, tmp_path: Path
) -> None:
    course.add("intro/one.shout", f"x\n!abort-once {tmp_path / 'once'}\n")

    report = course.build()

    assert outcomes(report) == {"one.shout": Outcome.BUILT}
    assert course.job_folders() == []


def test_a_job_that_always_crashes_its_worker_fails_and_the_others_are_done(
    course: CourseFolder, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    course.add("intro/bad.shout", f"!log {log}\n!print famous last words\n!abort\n")
    for number in range(5):
        course.add(f"intro/{number}.shout", str(number))

    report = course.build(jobs=2)

    assert outcomes(report) == {
        "bad.shout": Outcome.FAILED,
        **{f"{number}.shout": Outcome.BUILT for number in range(5)},
    }
    assert len(read(log)) == 3
    assert "the worker died while doing it (exit code -6); no attempts are left" in messages(report)
    (failed,) = (job for job in report.jobs if job.outcome is Outcome.FAILED)
    assert "famous last words" in (failed.diagnostics[0].details or "")
    assert course.job_folders() == []


def test_what_a_killed_worker_has_started_ends_with_it(
    course: CourseFolder, tmp_path: Path
) -> None:
    log, up, go = tmp_path / "log", tmp_path / "up", tmp_path / "go"
    course.add("intro/one.shout", f"x\n!log {log}\n!child {up}\n!wait-for {go}\n")
    run = course.start()
    until(up.exists, "the child")
    worker = psutil.Process(int(read(log)[0][0]))
    (child,) = worker.children()

    worker.kill()

    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, seconds=2)
    go.touch()
    assert run.finish()[0] == 0


def test_what_a_converter_leaves_running_ends_with_the_build(
    course: CourseFolder, tmp_path: Path
) -> None:
    course.add("intro/one.shout", f"x\n!child {tmp_path / 'up'}\n")
    run = course.start()

    code, _, err = run.finish()

    assert code == 0, err
    assert run.living() == []


def test_a_cancelled_job_that_does_not_listen_ends_with_its_worker_and_the_others_are_done(
    course: CourseFolder, tmp_path: Path
) -> None:
    up = tmp_path / "up"
    course.add("intro/deaf.shout", f"x\n!write {up}\n!burn 600\n")
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


# -- the builder --------------------------------------------------------------------------------


def test_all_ends_with_a_killed_builder_and_the_next_build_completes(
    new_course: Callable[[str], CourseFolder], tmp_path: Path
) -> None:
    up, go = tmp_path / "up", tmp_path / "go"
    files = {
        "intro/one.shout": f"x\n!child {up}\n!wait-for {go}\n",
        "intro/two.shout": f"two\n!wait-for {go}\n",
        "intro/data.csv": "1",
    }
    course = new_course("course")
    for name, text in files.items():
        course.add(name, text)
    run = course.start()
    until(up.exists, "the child")
    assert len(run.living()) >= 3
    assert course.job_folders() != []

    kill_builder(run)

    go.touch()
    report = course.build()
    assert report.ok, messages(report)
    assert course.outputs() == clean_outputs(new_course, files)
    assert course.job_folders() == []


def test_no_process_outlives_a_builder_that_dies_while_its_workers_start(
    course: CourseFolder,
) -> None:
    for number in range(4):
        course.add(f"intro/slow {number}.slow", "x")
        course.add(f"intro/{number}.shout", f"x {number}")
        course.add(f"intro/{number}.gen", f"x {number}")
    for step in range(10):
        run = course.start("--ignore-db")
        # Moments spread over the start: a time is all there is to tell them apart.
        time.sleep(0.3 + step * 0.12)
        kill_builder(run)
        run.process.communicate()

    report = course.build()

    assert report.ok, messages(report)
    assert course.job_folders() == []


def test_a_builder_killed_at_any_moment_leaves_nothing_half_done(
    new_course: Callable[[str], CourseFolder],
) -> None:
    files = {f"intro/{n}.shout": f"text {n} " * 5_000 for n in range(12)}
    files |= {f"intro/{n}.csv": f"{n}," * 50_000 for n in range(6)}
    wanted = clean_outputs(new_course, files)
    course = new_course("course")
    for name, text in files.items():
        course.add(name, text)

    for step in range(5):
        run = course.start()
        until(partial(has_moved, course, run, len(written(course))), "an output")
        time.sleep(step * 0.015)
        kill_builder(run)
        run.process.communicate()
        for path, data in course.outputs().items():
            assert path.endswith(".clm-tmp") or data == wanted[path]

    report = course.build()

    assert report.ok, messages(report)
    assert course.outputs() == wanted
    assert [p for p in course.outputs() if p.endswith(".clm-tmp")] == []


def test_a_temporary_file_of_a_dead_build_is_removed(course: CourseFolder, tmp_path: Path) -> None:
    course.add("intro/one.shout", "x")
    run = course.start()
    assert run.finish()[0] == 0
    place = next((course.path / "output").rglob("one.txt"))
    dead = place.parent / f".{run.process.pid}-0123456789ab.clm-tmp"
    dead.write_text("half")
    alive = place.parent / f".{os.getpid()}-0123456789ab.clm-tmp"
    alive.write_text("half")
    _forget_size(course, place)

    assert course.build().ok

    assert not dead.exists()
    assert alive.exists()


def _forget_size(course: CourseFolder, output: Path) -> None:
    """Makes the record look as when a build died while it wrote the output."""
    with sqlite3.connect(course.own / "clm_outputs.db") as connection:
        path = output.relative_to(course.path / "output").as_posix()
        connection.execute(
            "UPDATE outputs SET size = NULL, mtime_ns = NULL WHERE path = ?", (path,)
        )
    connection.close()


@pytest.mark.parametrize(("backend", "order"), [("sqlite", "child"), ("inline", "write")])
def test_ctrl_c_ends_all_with_exit_code_130(
    course: CourseFolder, tmp_path: Path, backend: str, order: str
) -> None:
    up = tmp_path / "up"
    course.add("intro/one.shout", f"x\n!{order} {up}\n!wait-for {tmp_path / 'never'}\n")
    run = course.start("--backend", backend)
    until(up.exists, "the job")

    os.killpg(run.process.pid, signal.SIGINT)
    code, _, err = run.finish(seconds=2)

    assert code == 130, err
    assert "Traceback" not in err
    assert run.living() == []
    assert course.job_folders() == []


def test_ctrl_c_at_any_moment_of_the_start_ends_all(course: CourseFolder) -> None:
    for number in range(4):
        course.add(f"intro/slow {number}.slow", "x")
        course.add(f"intro/{number}.shout", f"x {number}")
    for step in range(6):
        run = course.start("--ignore-db")
        # Before that it is Python's own start that is interrupted.
        until(run.workers, "a worker")
        time.sleep(step * 0.09)
        os.killpg(run.process.pid, signal.SIGINT)
        code, _, err = run.finish(seconds=5)
        assert code in (0, 130), (step, err)
        assert "Traceback" not in err, (step, err)
        assert run.living() == []


def test_a_crash_loop_at_the_start_ends_with_the_plugins_name_and_its_last_words(
    course: CourseFolder,
) -> None:
    course.add("intro/no.mute", "x")

    code, out, err = course.start().finish()

    assert code == 1
    assert "plugin 'shout' for 'mute'" in out + err
    assert "I have lost my voice" in out + err
