"""Builds by accounts and in systems that may not do what builds usually do.

Tests that need root, or programs that only Linux has, are skipped elsewhere with that reason.
"""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import without_user_namespaces
from course_folder import CourseFolder, until
from held_job import HeldJob
from real_course import DECK_AND_DRAWIO, Content, RealCourse, with_lease
from without_user_namespaces import SYSCALLS

from clm.programs import find_browser

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name == "nt", reason="rights, limits and signals as POSIX has them"),
]

PROGRAM = (sys.executable, "-c", "import clm_start; clm_start.run()")
AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
needs_root = pytest.mark.skipif(
    not (AS_ROOT and shutil.which("setpriv") and shutil.which("prlimit")),
    reason="needs root, setpriv and prlimit",
)
# Root without them is an account like others: it reads only what it has the permission for.
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") * AS_ROOT


def run(course: CourseFolder, command: str, *before: str) -> tuple[int, str]:
    """Exit code and messages of a command that the program `before` runs."""
    done = subprocess.run(
        [*before, *PROGRAM, command, str(course.spec)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, " ".join(done.stderr.split())


@pytest.mark.skipif(
    AS_ROOT and not shutil.which("setpriv"), reason="root reads everything without setpriv"
)
@pytest.mark.parametrize(("command", "expected"), [("build", 1), ("validate", 2)])
def test_unreadable_file_named(course: CourseFolder, command: str, expected: int) -> None:
    course.add("intro/one.shout", "one")
    course.add("intro/closed.shout", "closed").chmod(0)
    code, err = run(course, command, *WITHOUT_RIGHTS)
    assert code == expected, err
    assert "intro/closed.shout: the file cannot be read" in err and "hint:" in err
    assert course.texts("one.txt") == ({"ONE"} if command == "build" else set())


@needs_root
@pytest.mark.usefixtures("shout")
@pytest.mark.parametrize("processes", [2, 4, 6])
def test_refused_processes_named(processes: int) -> None:
    # Root may start any number, so another account does it, which may read the program of root.
    account = 100_000 + os.getpid()
    with tempfile.TemporaryDirectory() as folder:
        course = CourseFolder(Path(folder))
        course.add("intro/one.shout", "one")
        course.write_spec()
        for path in (course.path, *course.path.rglob("*")):
            os.chown(path, account, account)
        identity = (f"--reuid={account}", f"--regid={account}", "--clear-groups")
        reading = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
        limit = ("prlimit", f"--nproc={processes}")
        code, err = run(course, "build", "setpriv", *identity, *reading, *limit)
    assert code == 1, err
    assert err.count("error:") == 1 and "raise their limit (`ulimit -u`)" in err
    assert "bug" not in err and "fault of the plugin" not in err


DRAWING = """\
<mxfile><diagram name="P"><mxGraphModel><root><mxCell id="0"/><mxCell id="1" parent="0"/>
<mxCell id="2" value="x" vertex="1" parent="1"><mxGeometry width="80" height="40" as="geometry"/>
</mxCell></root></mxGraphModel></diagram></mxfile>
"""


@needs_root
@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in SYSCALLS or find_browser() is None,
    reason="needs a browser on Linux, and the numbers of its system calls",
)
def test_refused_sandbox_named() -> None:
    account = 100_000 + os.getpid()  # for root, the browser is started without a sandbox
    with tempfile.TemporaryDirectory() as folder:
        course = CourseFolder(Path(folder))
        course.add("intro/drawio/a.drawio", DRAWING)
        course.spec.write_text("name: C\nsections: [{name: S, topics: [intro]}]\n", "utf-8")
        for path in (course.path, *course.path.rglob("*")):
            os.chown(path, account, account)
        identity = (f"--reuid={account}", f"--regid={account}", "--clear-groups")
        reading = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
        without = (sys.executable, without_user_namespaces.__file__)
        code, err = run(course, "build", "setpriv", *identity, *reading, *without)
    assert code == 1, err
    assert err.count("error:") == 1 and "no usable sandbox: this account may not create" in err
    assert not any(word in err for word in ("crashpad", "zygote", "bug", "fault of the plugin"))


def test_build_without_shared_memory(real_course: Callable[[Content], RealCourse]) -> None:
    course = real_course(DECK_AND_DRAWIO)
    hide = 'mount -t tmpfs -o ro none /dev/shm && exec "$@"'
    course.before = ("unshare", "--mount", "sh", "-c", hide, "sh")
    if not _works(*course.before, "true"):
        pytest.skip("cannot hide /dev/shm (needs root and unshare)")
    code, output = course.build()
    assert code == 0, output


def _works(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def test_long_suspension_survived(course: CourseFolder, held: HeldJob) -> None:
    # Longer than all limits for heartbeats; the builder continues first and finds them exceeded.
    lease = 1.5
    course.add("intro/one.shout", held.source("one"))
    course.write_spec()
    build = subprocess.Popen(
        with_lease(course.spec, lease),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    held.await_begin()
    family = [psutil.Process(build.pid), *psutil.Process(build.pid).children(recursive=True)]
    for process in family:
        process.send_signal(signal.SIGSTOP)
    until(lambda: all(p.status() == psutil.STATUS_STOPPED for p in family), "the stop")
    time.sleep(4.5 * lease)  # that this much time passes is the event
    held.release()
    for process in family:
        process.send_signal(signal.SIGCONT)
    said, _ = build.communicate(timeout=60)
    assert build.returncode == 0, said
    assert course.texts("one.txt") == {"ONE\n"}
    assert not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
