"""Builds of a real course by real processes, and checks for leftovers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path

import psutil
from attrs import define, field, frozen
from clm_program import CLM
from course_folder import until

from clm.database.queue.pools import PoolRow
from clm.database.queue.view import QueueView
from clm.errors import DatabaseError
from clm.testing.course_project import CourseProject

_SAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "sample-course"
_RUN = "CLM_TEST_RUN"

# `clm build` has no option for the lease, and the default is too long for a test.
_CLM_WITH_LEASE = """
import sys
import clm.jobs.status
clm.jobs.status.LEASE_SECONDS = float(sys.argv.pop(1))
from clm.cli.main import run
run()
"""


@frozen
class Content:
    """The topics of a course, and the names in the sample course that it excludes."""

    topics: tuple[str, ...]
    without: tuple[str, ...] = ()


EVERYTHING = Content(("introduction", "lists_and_loops"))
DECKS = Content(("introduction", "functions"))
DECK_AND_PLANTUML = Content(("lists_and_loops",), without=("drawio",))
DECK_AND_DRAWIO = Content(("lists_and_loops",), without=("pu",))


@define
class RealCourse:
    """A copy of a part of the sample course, and its processes.

    The processes put temporary files into the folder `temporary`. Each command follows the words
    `before`, those of a program that runs it.
    """

    path: Path
    content: Content
    run_id: str = field(factory=lambda: uuid.uuid4().hex)
    environment: dict[str, str] = field(factory=dict)
    before: tuple[str, ...] = ()

    @classmethod
    def make(cls, path: Path, content: Content) -> RealCourse:
        course = cls(path, content)
        ignored = shutil.ignore_patterns("output", ".clm", *content.without)
        shutil.copytree(_SAMPLE, path, ignore=ignored)
        course.temporary.mkdir()
        CourseProject(path, topics=dict.fromkeys(content.topics)).write_spec()
        return course

    @property
    def spec(self) -> Path:
        return self.path / "course.yaml"

    @property
    def own(self) -> Path:
        return self.path / ".clm"

    @property
    def temporary(self) -> Path:
        return self.path / "tmp"

    # -- running ------------------------------------------------------------------------------

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts `clm ARGUMENTS` as the leader of a new session."""
        return self._start([*CLM, *arguments])

    def start_build(self, *options: str) -> subprocess.Popen[str]:
        return self.start("build", str(self.spec), "--jobs", "2", *options)

    def start_build_with_lease(self, seconds: float) -> subprocess.Popen[str]:
        """Like `start_build`, with leases of that length."""
        return self._start(with_lease(self.spec, seconds))

    def start_pool(self, *options: str) -> None:
        """Starts a persistent pool for decks, and waits until it is registered."""
        self.own.mkdir(exist_ok=True)
        database = self.own / "clm_jobs.db"
        command = [sys.executable, "-m", "clm.workers.pool", "--db-path", str(database)]
        pool = self._start([*command, "--jobs", "2", "--job-type", "notebook", *options])
        # Nothing else waits for this child process, so a thread does.
        threading.Thread(target=pool.communicate, daemon=True).start()
        until(lambda: pool.poll() is not None or _pools(database), "the pool")
        assert pool.poll() is None

    def build(self, *options: str, seconds: float = 180.0) -> tuple[int, str]:
        """Builds; returns the exit code and the output."""
        return finish(self.start_build(*options), seconds=seconds)

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.before, *command],
            cwd=self.path,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def _environment(self) -> Mapping[str, str]:
        own = {_RUN: self.run_id, "TMPDIR": str(self.temporary), "PYTHONIOENCODING": "utf-8"}
        return os.environ | own | self.environment

    # -- inspection ---------------------------------------------------------------------------

    def processes(self) -> list[psutil.Process]:
        """All living processes that were started for this course."""
        return [p for p in psutil.process_iter() if self._is_mine(p)]

    def _is_mine(self, process: psutil.Process) -> bool:
        try:
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                return False
            # Browsers overwrite their environment.
            named = any(str(self.path) in part for part in process.cmdline())
            return named or process.environ().get(_RUN) == self.run_id
        except (psutil.Error, OSError):
            return False

    def outputs(self) -> dict[str, bytes]:
        """All files of the output folder by relative path."""
        return CourseProject(self.path).outputs()

    def leftovers(self) -> list[Path]:
        """Temporary files in all places where CLM may leave them."""
        work = self.own / "work"
        return [
            *self.temporary.iterdir(),
            *(work.iterdir() if work.exists() else ()),
            *self.path.rglob("*.clm-tmp"),
        ]

    # -- ending -------------------------------------------------------------------------------

    def await_end_of_all(self, seconds: float = 20.0) -> None:
        """Waits until all processes have ended; fails if some remain."""
        until(lambda: not self.processes(), f"the end of {self.processes()}", seconds=seconds)

    def remove(self) -> None:
        """Kills the remaining processes, and removes the course."""
        for process in self.processes():
            try:
                process.kill()
            except psutil.Error:
                continue
        shutil.rmtree(self.path, ignore_errors=True)


def _pools(database: Path) -> list[PoolRow]:
    try:
        with QueueView(database) as view:
            return view.pools()
    except DatabaseError:
        return []  # it does not exist yet


def with_lease(spec: Path, seconds: float) -> list[str]:
    """The command that builds with leases of that length."""
    options = ("--jobs", "2", "--poll-interval", "0.2", "--stall-limit", "60")
    return [sys.executable, "-c", _CLM_WITH_LEASE, str(seconds), "build", str(spec), *options]


def finish(process: subprocess.Popen[str], *, seconds: float = 180.0) -> tuple[int, str]:
    """The exit code of a process, and its output."""
    output, _ = process.communicate(timeout=seconds)
    return process.returncode, output
