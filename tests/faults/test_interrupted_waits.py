"""Ctrl-C during each kind of wait: the command ends, and nothing that it has started remains.

`pytest -rP` shows how long the end took.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from clm_program import CLM
from course_folder import CourseFolder, until
from fault_injection import stop, victims
from fault_rounds import CONTENTS, Target
from real_course import Content, RealCourse

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them"),
]

# A million steps are allowed, so each deck takes about a second.
COSTLY = """\
# {% for a in range(990) %}{% for b in range(1000) %}{% endfor %}{% endfor %}

# %% tags=["keep"]
1
"""


Interrupt = Callable[[subprocess.Popen[str]], str]


@pytest.fixture
def interrupt(request: pytest.FixtureRequest) -> Interrupt:
    """Ctrl-C for a process and its group, which must end it; returns its output."""

    def interrupt(process: subprocess.Popen[str]) -> str:
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
        seconds = time.monotonic() - began
        request.node.add_report_section("call", "time", f"ended {seconds:.1f} s after Ctrl-C")
        said = out + (err or "")
        assert process.returncode == 130, said
        assert "Traceback" not in said
        return said

    return interrupt


@pytest.mark.parametrize("target", [Target.BROWSER, Target.JAVA, Target.KERNEL_SERVER])
def test_ctrl_c_ends_wait_for_stopped_tool(
    target: Target, real_course: Callable[[Content], RealCourse], interrupt: Interrupt
) -> None:
    course = real_course(CONTENTS[target])
    build = course.start_build()
    until(lambda: stop(victims(target, course, build)), "a process to stop", seconds=120)
    interrupt(build)
    course.await_end_of_all()
    assert course.build("--dry-run")[0] == 0


STOP = """
import os, pathlib, signal, sys
if "clm.workers.worker.process" in sys.orig_argv:
    pathlib.Path(__file__).with_name("stopped").touch()
    os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_ctrl_c_ends_wait_for_stopped_start(
    course: CourseFolder, tmp_path: Path, interrupt: Interrupt
) -> None:
    folder = tmp_path / "stopping"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(STOP)
    course.add("intro/one.shout", "one")
    path = os.pathsep.join([str(folder), os.environ["PYTHONPATH"]])
    run = course.start(environ={"PYTHONPATH": path})
    until((folder / "stopped").exists, "the worker")
    interrupt(run.process)
    until(lambda: not run.living(), "the end of all processes")


def test_ctrl_c_ends_held_converter(
    course: CourseFolder, tmp_path: Path, interrupt: Interrupt
) -> None:
    # Native code that holds the interpreter: the worker cannot react to anything.
    course.add("intro/one.shout", f"!write {tmp_path / 'mark'}\n!hold\n")
    run = course.start()
    until((tmp_path / "mark").exists, "the job")
    interrupt(run.process)
    until(lambda: not run.living(), "the end of all processes")


def test_ctrl_c_ends_templates(tmp_path: Path, interrupt: Interrupt) -> None:
    topics = [f"deck_{number}" for number in range(60)]
    for topic in topics:
        folder = tmp_path / "slides" / "module_1" / f"topic_100_{topic}"
        folder.mkdir(parents=True)
        (folder / f"slides_{topic}.py").write_text(COSTLY)
    spec = tmp_path / "course.yaml"
    spec.write_text(f"name: Course\nsections:\n- name: One\n  topics: [{', '.join(topics)}]\n")
    with subprocess.Popen(
        [*CLM, "validate", str(spec)],
        env=os.environ | {"CLM_LOAD_PLUGINS": "notebook"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        used = psutil.Process(process.pid).cpu_times
        try:
            # The start takes less than a second of it, the templates of all decks a minute.
            until(lambda: sum(used()[:2]) > 2, "templates", seconds=300)
            interrupt(process)
        finally:
            process.kill()
