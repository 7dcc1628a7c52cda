"""Builds on systems that lack something: each goes on, or ends with one clear message."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import psutil
import pytest
from course_folder import CourseFolder, until
from held_job import HeldJob

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name == "nt", reason="limits and signals as POSIX has them"),
]

PROGRAM = (sys.executable, "-c", "import clm_start; clm_start.run()")
NO_UTF8 = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def start(
    course: CourseFolder, before: str = "", after: str = "", **environ: str
) -> subprocess.Popen[str]:
    """`clm build` in a shell that first does `before`, with the redirections `after`."""
    return subprocess.Popen(
        ["sh", "-c", f'{before} exec "$@" {after}', "sh", *PROGRAM, "build", str(course.spec)],
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return process.returncode, " ".join(err.split())


@pytest.mark.parametrize(
    ("before", "after", "environ"),
    [
        pytest.param("", ">&-", {}, id="closed stdout"),
        pytest.param("", "2>&-", {}, id="closed stderr"),
        pytest.param("", "<&- >&- 2>&-", {}, id="all streams closed"),
        pytest.param("unset HOME;", "", {}, id="no home"),
        pytest.param("", "", {"HOME": "/proc"}, id="read-only home"),
        pytest.param("", "", {"TMPDIR": "/nonexistent"}, id="no temporary folder"),
        pytest.param("", "", NO_UTF8, id="no UTF-8"),
        pytest.param("ulimit -S -n 24;", "", {}, id="few files, more allowed"),
        pytest.param("ulimit -v 600000;", "", {}, id="little memory"),
    ],
)
def test_build_goes_on(
    course: CourseFolder, before: str, after: str, environ: dict[str, str]
) -> None:
    course.add("intro/one.shout", "grüße")
    code, err = finish(start(course, before, after, **environ))
    assert code == 0, err
    assert course.texts("one.txt") == {"GRÜSSE"}


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        pytest.param("ulimit -n 24;", "", "may open only 24 files", id="few files"),
        pytest.param("", ">/dev/full", "No space left on device", id="full stdout"),
    ],
)
def test_build_ends_with_reason(course: CourseFolder, before: str, after: str, reason: str) -> None:
    course.add("intro/one.shout", "one")
    code, err = finish(start(course, before, after))
    assert code == 1
    assert reason in err and "hint:" in err


@pytest.fixture
def running(course: CourseFolder, held: HeldJob) -> subprocess.Popen[str]:
    """A build in the middle of a job."""
    course.add("intro/one.shout", held.source("one"))
    process = start(course)
    held.await_begin()
    return process


def test_removed_database_named(
    course: CourseFolder, held: HeldJob, running: subprocess.Popen[str]
) -> None:
    shutil.rmtree(course.own)
    held.release()
    code, err = finish(running)
    assert code == 1
    assert "was removed while it was in use" in err
    held.release()
    assert finish(start(course))[0] == 0


def test_job_without_folder_runs_again(
    course: CourseFolder, held: HeldJob, running: subprocess.Popen[str]
) -> None:
    shutil.rmtree(course.own / "work")
    held.release()
    code, err = finish(running)
    assert code == 0, err
    assert course.texts("one.txt") == {"ONE\n"}


def test_suspended_build_continues(
    course: CourseFolder, held: HeldJob, running: subprocess.Popen[str]
) -> None:
    family = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
    for process in family:
        process.suspend()
    until(lambda: all(p.status() == psutil.STATUS_STOPPED for p in family), "the stop")
    held.release()
    for process in reversed(family):
        process.resume()
    assert finish(running)[0] == 0
    assert course.texts("one.txt") == {"ONE\n"}


def test_sigterm_says_what_it_ended(
    course: CourseFolder, held: HeldJob, running: subprocess.Popen[str]
) -> None:
    family = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(signal.SIGTERM)
    code, err = finish(running)
    assert code == -signal.SIGTERM
    assert "ended by SIGTERM" in err
    assert psutil.wait_procs(family, timeout=20)[1] == []
    held.release()
    assert finish(start(course))[0] == 0
