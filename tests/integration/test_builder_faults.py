"""Kills and interrupts of a real builder during its build."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from course_folder import ClmProcess, CourseFolder, messages, until
from held_job import HeldJob

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them"),
]


def written(course: CourseFolder) -> list[Path]:
    return list((course.path / "output").rglob("*.*"))


def has_moved(course: CourseFolder, run: ClmProcess, seen: int) -> bool:
    """Whether there are more outputs than `seen`, or the build has ended."""
    return run.process.poll() is not None or len(written(course)) > seen


def test_removed_output_folder_is_error(course: CourseFolder, held: HeldJob) -> None:
    course.add("intro/one.shout", "one")
    course.add("loops/two.shout", held.source())
    run = course.start(jobs=2)
    held.await_begin()
    assert run.process.stdout is not None
    assert any("one.shout" in line for line in run.process.stdout)  # its outputs are complete
    shutil.rmtree(course.path / "output")
    held.release()

    code, _, err = run.finish()

    assert code == 1
    assert "of the outputs were removed while the build ran" in " ".join(err.split())
    assert course.start().finish()[0] == 0
    assert course.texts("one.txt") == {"ONE"}


def kill_builder(run: ClmProcess) -> None:
    """Kills the builder, and expects that all processes that it has started end soon after."""
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


def test_next_build_completes_after_kill(
    new_course: Callable[[str], CourseFolder], held: HeldJob
) -> None:
    files = {
        "intro/one.shout": held.source(begin="child"),
        "intro/two.shout": held.source("two", begin="child"),
        "intro/data.csv": "1",
    }
    course = new_course("course")
    for name, text in files.items():
        course.add(name, text)
    run = course.start()
    until(lambda: len(run.living()) >= 5, "the builder, its workers and their children")
    assert course.job_folders() != []

    kill_builder(run)

    held.release()
    report = course.build()
    assert report.ok, messages(report)
    assert course.outputs() == clean_outputs(new_course, files)
    assert course.job_folders() == []


def test_kill_during_start_leaves_no_orphans(
    course: CourseFolder,
) -> None:
    for number in range(4):
        course.add(f"intro/slow {number}.slow", "x")
        course.add(f"intro/{number}.shout", f"x {number}")
        course.add(f"intro/{number}.gen", f"x {number}")
    for step in range(10):
        run = course.start("--ignore-db")
        # Moments spread over the start; only the time distinguishes them.
        time.sleep(0.3 + step * 0.12)
        kill_builder(run)
        run.process.communicate()

    report = course.build()

    assert report.ok, messages(report)
    assert course.job_folders() == []


def test_kill_leaves_no_partial_output(
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


def test_dead_build_temporary_file_removed(course: CourseFolder, tmp_path: Path) -> None:
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
    """Makes the record look as if a build had died while writing the output."""
    with sqlite3.connect(course.own / "clm_outputs.db") as connection:
        path = output.relative_to(course.path / "output").as_posix()
        connection.execute(
            "UPDATE outputs SET size = NULL, mtime_ns = NULL WHERE path = ?", (path,)
        )
    connection.close()


@pytest.mark.parametrize(("backend", "order"), [("sqlite", "child"), ("inline", "write")])
def test_ctrl_c_exits_130(course: CourseFolder, held: HeldJob, backend: str, order: str) -> None:
    course.add("intro/one.shout", held.source(begin=order))
    run = course.start("--backend", backend)
    held.await_begin()

    os.killpg(run.process.pid, signal.SIGINT)
    code, _, err = run.finish(seconds=2)

    assert code == 130, err
    assert "Traceback" not in err
    assert run.living() == []
    assert course.job_folders() == []


def test_ctrl_c_during_start_ends_all(course: CourseFolder) -> None:
    for number in range(4):
        course.add(f"intro/slow {number}.slow", "x")
        course.add(f"intro/{number}.shout", f"x {number}")
    for step in range(6):
        run = course.start("--ignore-db")
        # An earlier interrupt would hit Python's own start.
        until(run.workers, "a worker")
        time.sleep(step * 0.09)
        os.killpg(run.process.pid, signal.SIGINT)
        code, _, err = run.finish(seconds=5)
        assert code in (0, 130), (step, err)
        assert "Traceback" not in err, (step, err)
        assert run.living() == []
