"""Courses on disk for tests of the framework, with builds in this process or in others."""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
from attrs import define, field
from clm_program import CLM

from clm.builder import BuildListener, JobReport
from clm.errors import Diagnostic
from clm.testing.course_project import CourseProject, files_below, messages, outcomes

__all__ = ["ClmProcess", "CourseFolder", "Recorder", "messages", "outcomes", "until"]

_RUN = "CLM_TEST_RUN"


def until(condition: Callable[[], Any], what: str = "it", *, seconds: float = 30.0) -> Any:
    """Waits until the condition is true and returns its value; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.005)
    raise AssertionError(f"{what} has not happened within {seconds} s")


@define
class Recorder(BuildListener):
    """A listener that records its calls."""

    started: list[str] = field(factory=list)
    finished: list[JobReport] = field(factory=list)
    problems: list[Diagnostic] = field(factory=list)
    on_started: Callable[[str], None] = field(default=lambda source: None)

    def job_started(self, job_type: str, job_id: str, source: str) -> None:
        self.started.append(source)
        self.on_started(source)

    def job_finished(self, report: JobReport) -> None:
        self.finished.append(report)

    def problem(self, diagnostic: Diagnostic) -> None:
        self.problems.append(diagnostic)


@define
class ClmProcess:
    """A running `clm` command, and everything that it has started."""

    process: subprocess.Popen[str]
    run_id: str

    def living(self) -> list[psutil.Process]:
        """The living processes of the run, also those whose parent has ended."""
        return [process for process in psutil.process_iter() if self._is_of_run(process)]

    def workers(self) -> list[psutil.Process]:
        """The worker processes among them."""
        return [p for p in self.living() if "clm.workers.worker.process" in _command(p)]

    def finish(self, *, seconds: float = 60.0) -> tuple[int, str, str]:
        """Waits for the end; returns exit code, standard output and standard error."""
        out, err = self.process.communicate(timeout=seconds)
        return self.process.returncode, out, err

    def _is_of_run(self, process: psutil.Process) -> bool:
        try:
            alive = process.status() != psutil.STATUS_ZOMBIE
            return alive and process.environ().get(_RUN) == self.run_id
        except (psutil.Error, OSError):
            return False


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@define
class CourseFolder(CourseProject):
    """A course that can be built in separate processes."""

    backend: str = "sqlite"
    output_targets: str = ""
    _running: list[ClmProcess] = field(factory=list)

    def write_spec(self) -> None:
        """As in the base class, with `output_targets` if there are any, as YAML."""
        super().write_spec()
        if self.output_targets:
            with self.spec.open("a", encoding="utf-8") as file:
                file.write(f"output-targets: {self.output_targets}\n")

    def start(
        self,
        *arguments: str,
        command: str = "build",
        environ: Mapping[str, str] | None = None,
        jobs: int = 2,
    ) -> ClmProcess:
        """Starts `clm build`, or another command, as the leader of a new process group."""
        run_id = uuid.uuid4().hex
        process = subprocess.Popen(
            [*CLM, command, str(self.spec), "--jobs", str(jobs), *arguments],
            env=os.environ | {_RUN: run_id} | dict(environ or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._running.append(ClmProcess(process, run_id))
        return self._running[-1]

    def stop_all(self) -> None:
        """Kills all processes that a test has left running."""
        for running in self._running:
            for process in running.living():
                try:
                    process.kill()
                except psutil.Error:
                    continue
            running.process.communicate()

    # -- inspection ---------------------------------------------------------------------------

    def mtimes(self, folder: Path) -> dict[str, int]:
        return {str(p): p.stat().st_mtime_ns for p in files_below(folder)}

    def job_folders(self) -> list[Path]:
        work = self.own / "work"
        return list(work.iterdir()) if work.exists() else []
