"""Calls of plugins that the program itself cannot end: native code that holds the interpreter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from course_folder import until
from one_file_plugin import install_plugin

pytestmark = pytest.mark.faults

PROGRAM = (sys.executable, "-c", "import clm_start; clm_start.run()")
LABEL = "plugin 'stuck' of clm-stuck 1.0"
STUCK = '''
import collections, ctypes, itertools, os, subprocess, sys
from pathlib import Path
from attrs import frozen
from clm import (Check, CheckResult, JobRequest, JobType, OutputSpec, Starter, StarterFiles,
    Worker, hookimpl)

@frozen
class Payload:
    text: str = ""

def hold(*arguments):
    """Never returns, and lets no other Python code run, not even the handler of a signal.

    The mark is made by native code, too.
    """
    mark = map(os.mkdir, [os.environ["STUCK_MARK"]])
    collections.deque(itertools.chain(mark, itertools.repeat(None)), maxlen=0)

def grow(*arguments):
    kept = b"x" * 200_000_000
    hold()

def crash(*arguments):
    ctypes.string_at(0)

def start_and_hold(*arguments):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    hold()

def spin(*arguments):
    Path(os.environ["STUCK_MARK"]).touch()
    while True:
        pass

class Converter(Worker):
    pass

def plan(source, context):
    if WHERE == "fingerprint":
        places = tuple(v.directory / "a.txt" for v in context.variants)
        yield JobRequest(id="a", job_type="stuck", payload=Payload(), source=source.course_path,
            outputs=(OutputSpec("text", places),))

MODE, WHERE = os.environ["STUCK_MODE"], os.environ["STUCK_WHERE"]

def when(where, otherwise):
    return globals()[MODE] if WHERE == where else otherwise

@hookimpl
def clm_job_types():
    when("load", lambda: None)()
    return [JobType(name="stuck", patterns=("*.stuck",), payload=Payload,
        plan=when("plan", plan), worker=f"{__name__}:Converter",
        fingerprint=when("fingerprint", lambda: "1"),
        check=when("check", lambda source, context: ()),
        configure=when("configure", lambda job_type, settings: job_type))]

@hookimpl
def clm_checks():
    return [Check("stuck-check", when("doctor", lambda: CheckResult(True, "fine")))]

@hookimpl
def clm_starters():
    make = when("starter", lambda request: StarterFiles({}))
    return [Starter("stuck", make, is_deck=True, prog_langs=("python",))]

@hookimpl
def clm_build_started(build):
    when("hook", lambda: None)()
'''
PLACES = [
    ("build", "plan", "to plan the source: slides/module_1/topic_1_intro/a.stuck"),
    ("validate", "check", "to check the source: slides/module_1/topic_1_intro/a.stuck"),
    ("build", "configure", "to apply the settings"),
    ("build", "load", "it is loaded"),
    ("build", "hook", "its hook"),
    ("doctor", "doctor", "the check 'stuck-check'"),
    ("build", "fingerprint", "the versions of the tools of 'stuck'"),
    ("new", "starter", "starter 'stuck'"),
]
ARGUMENTS = {"doctor": [], "new": ["deck", "Loops"]}
LIMITS = ("CLM_PLUGIN_SECONDS", "CLM_PLUGIN_LOAD_SECONDS", "CLM_PLUGIN_HOOK_SECONDS")


class Run:
    """The program with the plugin, on a course with one source of it."""

    def __init__(self, folder: Path, command: str, where: str, mode: str, **environ: str) -> None:
        install_plugin(folder / "site", "stuck", STUCK)
        self.mark = folder / "mark"
        self.process = subprocess.Popen(
            [*PROGRAM, command, *ARGUMENTS.get(command, ["course.yaml"])],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(folder / "site"),
                "CLM_LOAD_PLUGINS": "stuck",
                "STUCK_MODE": mode,
                "STUCK_WHERE": where,
                "STUCK_MARK": str(self.mark),
                **environ,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> tuple[int, str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, " ".join((out + err).split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    topic = tmp_path / "slides" / "module_1" / "topic_1_intro"
    topic.mkdir(parents=True)
    (topic / "a.stuck").write_text("x\n")
    (tmp_path / "course.yaml").write_text(
        "name: Course\nsections:\n- name: One\n  topics: [intro]\n", encoding="utf-8"
    )
    return tmp_path


@pytest.mark.parametrize(("command", "where", "said"), PLACES)
def test_held_call_ended_and_named(folder: Path, command: str, where: str, said: str) -> None:
    run = Run(folder, command, where, "hold", **dict.fromkeys(LIMITS, "0.1"))
    code, err = run.finish()
    assert code == 1
    assert "clm was killed, since this took longer than 0.1 s:" in err and said in err
    assert where == "doctor" or LABEL in err
    assert err.count("error:") == 1 and "Traceback" not in err


def test_growing_call_ended_and_named(folder: Path) -> None:
    code, err = Run(folder, "build", "plan", "grow", CLM_PLUGIN_MEMORY="50MB").finish()
    assert code == 1
    assert "took more than 0.05 GB of memory" in err
    assert LABEL in err and "a.stuck" in err and "CLM_PLUGIN_MEMORY" in err


def test_growth_before_first_look_ended(folder: Path) -> None:
    run = Run(folder, "build", "plan", "grow", CLM_PLUGIN_MEMORY="50MB")
    (guard,) = until(psutil.Process(run.process.pid).children, "the guard")
    guard.suspend()
    until(run.mark.exists, "the call with its memory")
    guard.resume()
    code, err = run.finish()
    assert code == 1
    assert "took more than 0.05 GB of memory" in err


def test_crashing_call_named(folder: Path) -> None:
    code, err = Run(folder, "build", "plan", "crash").finish()
    assert code == -signal.SIGSEGV
    assert "has crashed" in err and LABEL in err and "a.stuck" in err


@pytest.mark.parametrize(
    ("command", "where", "mode"),
    [
        ("build", "plan", "hold"),
        ("build", "plan", "spin"),
        ("build", "hook", "hold"),
        ("build", "hook", "spin"),
        ("validate", "check", "spin"),
        ("validate", "check", "hold"),
        ("doctor", "doctor", "spin"),
    ],
)
def test_ctrl_c_ends_call(
    folder: Path, command: str, where: str, mode: str, request: pytest.FixtureRequest
) -> None:
    run = Run(folder, command, where, mode)
    until(run.mark.exists, "the call")
    began = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    code, err = run.finish()
    seconds = time.monotonic() - began
    request.node.add_report_section("call", "time", f"ended {seconds:.1f} s after Ctrl-C")
    assert code == (130 if mode == "spin" else 1)
    assert "interrupted" in err and "Traceback" not in err


def test_processes_of_call_ended(folder: Path) -> None:
    run = Run(folder, "build", "plan", "start_and_hold", CLM_PLUGIN_SECONDS="0.5")
    until(run.mark.exists, "the call")
    started = psutil.Process(run.process.pid).children(recursive=True)
    assert len(started) == 2
    run.finish()
    assert psutil.wait_procs(started, timeout=10)[1] == []


def test_guard_ends_with_killed_program(folder: Path) -> None:
    run = Run(folder, "build", "plan", "hold")
    until(run.mark.exists, "the call")
    (guard,) = psutil.Process(run.process.pid).children()
    run.process.kill()
    run.finish()
    guard.wait(timeout=10)


def test_build_without_stuck_call_succeeds(folder: Path) -> None:
    code, err = Run(folder, "build", "", "hold").finish()
    assert "killed" not in err and code in (0, 1)
