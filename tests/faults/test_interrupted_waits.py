"""Ctrl-C during each kind of wait: the command ends, and nothing that it has started remains.

`pytest -rP` shows how long the end took.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from clm_program import CLM
from course_folder import CourseFolder, until
from fault_injection import stop, victims
from fault_rounds import CONTENTS, Target
from real_course import Content, RealCourse

from clm.builder.options import usable_cores
from clm.builder.validation.helpers import LEAST_TOPICS

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


@contextmanager
def costly_course(folder: Path, decks: int, command: str) -> Iterator[subprocess.Popen[str]]:
    """A command for a course of decks that take a second each."""
    topics = [f"deck_{number}" for number in range(decks)]
    for topic in topics:
        place = folder / "slides" / "module_1" / f"topic_100_{topic}"
        place.mkdir(parents=True)
        (place / f"slides_{topic}.py").write_text(COSTLY)
    spec = folder / "course.yaml"
    spec.write_text(f"name: Course\nsections:\n- name: One\n  topics: [{', '.join(topics)}]\n")
    with subprocess.Popen(
        [*CLM, command, str(spec)],
        env=os.environ | {"CLM_LOAD_PLUGINS": "notebook"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def await_templates(process: psutil.Process) -> None:
    # The start takes about a second of it, the templates of all decks a minute.
    until(lambda: sum(process.cpu_times()[:2]) > 3, "templates", seconds=300)


def await_child(process: subprocess.Popen[str], module: str) -> psutil.Process:
    """A child that runs a module."""

    def found() -> list[psutil.Process]:
        children = psutil.Process(process.pid).children()
        return [child for child in children if module in child.cmdline()]

    children: list[psutil.Process] = until(found, module, seconds=120)
    return children[0]


def test_ctrl_c_ends_templates(tmp_path: Path, interrupt: Interrupt) -> None:
    with costly_course(tmp_path, 60, "validate") as process:
        await_templates(psutil.Process(process.pid))
        interrupt(process)


# A build's planning expands no templates; its workers do, and helpers of `validate`.
@pytest.mark.parametrize(
    ("command", "decks", "module"),
    [
        ("build", 60, "clm.workers.worker.process"),
        ("validate", LEAST_TOPICS, "clm.builder.validation.helper_process"),
    ],
)
def test_ctrl_c_ends_templates_of_child(
    tmp_path: Path, interrupt: Interrupt, command: str, decks: int, module: str
) -> None:
    if command == "validate" and usable_cores() < 2:
        pytest.skip("helpers run on further cores")
    with costly_course(tmp_path, decks, command) as process:
        child = await_child(process, module)
        await_templates(child)
        interrupt(process)
    assert psutil.wait_procs([child], timeout=10)[1] == []
