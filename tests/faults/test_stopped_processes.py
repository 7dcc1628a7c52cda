"""Tools of workers that are stopped (SIGSTOP) and never continued."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder, until
from fault_injection import stop, victims
from fault_rounds import CONTENTS, Target
from held_job import HeldJob
from real_course import Content, RealCourse, finish, with_lease

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name == "nt", reason="POSIX signals"),
]

TARGETS = [Target.BROWSER, Target.JAVA, Target.KERNEL_SERVER]
SOON = {"CLM_HUNG_AFTER": "2s"}
STOPS_ONCE = """\
import os, pathlib, signal
mark = pathlib.Path({mark!r})
if not mark.exists():
    mark.touch()
    os.kill(os.getpid(), signal.SIGSTOP)
print("went", "on")
"""


@pytest.mark.parametrize("target", TARGETS)
def test_stopped_tool_replaced(
    target: Target, real_course: Callable[[Content], RealCourse]
) -> None:
    course = real_course(CONTENTS[target])
    course.environment.update(SOON)
    build = course.start_build()
    until(lambda: stop(victims(target, course, build)), "a process to stop", seconds=120)
    code, output = finish(build)
    assert code == 0, output
    course.await_end_of_all()
    assert course.leftovers() == []


def test_kernel_stopped_in_cell_replaced(
    real_course: Callable[[Content], RealCourse], tmp_path: Path
) -> None:
    # A cell may wait for five minutes; what is stopped is no wait.
    course = real_course(Content(("introduction",)))
    course.environment.update(SOON)
    (deck,) = course.path.glob("slides/*/topic_*_introduction/slides_*.py")
    with deck.open("a", encoding="utf-8") as file:
        file.write(f'\n# %% tags=["keep"]\n{STOPS_ONCE.format(mark=str(tmp_path / "mark"))}')
    code, output = course.build()
    assert code == 0, output
    assert any(b"went on" in data for data in course.outputs().values())
    course.await_end_of_all()


HOLDS_LOCK = """\
import os, pathlib, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=30)
connection.execute("BEGIN EXCLUSIVE")
pathlib.Path(sys.argv[2]).touch()
os.kill(os.getpid(), signal.SIGSTOP)
"""


@pytest.mark.parametrize("name", ["clm_jobs.db", "clm_cache.db", "clm_outputs.db"])
def test_ctrl_c_ends_wait_for_stopped_holder(
    course: CourseFolder, held: HeldJob, tmp_path: Path, name: str
) -> None:
    course.add("intro/one.shout", held.source("one"))
    course.add("intro/two.shout", "two")
    run = course.start()
    held.await_begin()
    mark = tmp_path / "locked"
    holder = subprocess.Popen([sys.executable, "-c", HOLDS_LOCK, str(course.own / name), str(mark)])
    try:
        until(mark.exists, "the lock")
        held.release()
        # The wait itself has no sign; where Ctrl-C arrives before it, the build ends as well.
        run.process.send_signal(signal.SIGINT)
        code, _, err = run.finish(seconds=30)  # the wait for the lock would take a minute
    finally:
        holder.kill()
        holder.wait()
    assert code == 130, err
    assert "Traceback" not in err


STOPS_IN_TRANSACTION = """
import os, pathlib, signal, sqlite3, sys
folder = pathlib.Path(__file__).parent
if "clm.workers.worker.process" in sys.orig_argv:
    def connect(*args, connect=sqlite3.connect, **options):
        def stop(statement):
            if not statement.startswith(os.environ["PYTHON_STOPS_AT"]):
                return
            if (folder / "go").exists() and not (folder / "stopped").exists():
                (folder / "stopped").touch()
                os.kill(os.getpid(), signal.SIGSTOP)
        connection = connect(*args, **options)
        connection.set_trace_callback(stop)
        return connection
    sqlite3.connect = connect
"""


# Once the worker has a job, the builder itself waits for the lock of the queue, to requeue it.
@pytest.mark.parametrize(
    ("in_job", "statement"), [(False, "INSERT INTO workers"), (True, "UPDATE jobs")]
)
def test_worker_stopped_in_transaction_replaced(
    course: CourseFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    in_job: bool,
    statement: str,
) -> None:
    folder = tmp_path / "stopping"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(STOPS_IN_TRANSACTION)
    monkeypatch.setenv("PYTHON_STOPS_AT", statement)
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
    course.add("intro/one.shout", f"one\n!write {folder / 'go'}\n" if in_job else "one\n")
    course.write_spec()
    if not in_job:
        (folder / "go").touch()
    build = subprocess.Popen(with_lease(course.spec, 1.5), stderr=subprocess.PIPE, text=True)
    _, err = build.communicate(timeout=50)  # a wait for the lock would take a minute or two
    assert build.returncode == 0, err
    assert (folder / "stopped").exists()
    assert course.texts("one.txt") == {"ONE\n"}
