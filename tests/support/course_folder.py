"""A course on disk for tests of the framework, its builds in this process and in others."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
from attrs import define, field

from clm.build import BuildListener, BuildOptions, BuildReport, JobReport, Outcome, build_course
from clm.errors import Diagnostic

_RUN = "CLM_TEST_RUN"
_CLM = [sys.executable, "-c", "from clm.cli.main import run; run()"]


def until(condition: Callable[[], Any], what: str = "it", *, seconds: float = 30.0) -> Any:
    """The condition's value, once it is true; fails where it does not become so in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.005)
    raise AssertionError(f"{what} has not happened within {seconds} s")


@define
class Recorder(BuildListener):
    """A listener that remembers what it was told."""

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
        """The processes of the run that are alive, wherever their parents are."""
        return [process for process in psutil.process_iter() if self._is_of_run(process)]

    def workers(self) -> list[psutil.Process]:
        """The worker processes among them."""
        return [p for p in self.living() if "clm.workers.worker_process" in _command(p)]

    def finish(self, *, seconds: float = 60.0) -> tuple[int, str, str]:
        """Exit code, standard output and standard error, at its end."""
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
class CourseFolder:
    """A course of one section; its topics are those that have files."""

    path: Path
    more_spec: str = ""
    _topics: dict[str, None] = field(factory=dict)
    _age: int = 0
    _running: list[ClmProcess] = field(factory=list)

    @property
    def spec(self) -> Path:
        return self.path / "course.yaml"

    @property
    def own(self) -> Path:
        return self.path / ".clm"

    def add(self, name: str, text: str | bytes) -> Path:
        """Writes a file `<topic>/<path in topic>` of the course."""
        topic, _, rest = name.partition("/")
        path = self.path / "slides" / "module_100_tests" / f"topic_100_{topic}" / rest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        # Old enough for its digest to be remembered, and each time another time.
        self._age += 1
        moment = time.time() - 1000 + self._age
        os.utime(path, (moment, moment))
        self._topics[topic] = None
        self.write_spec()
        return path

    def remove(self, name: str) -> None:
        topic, _, rest = name.partition("/")
        (self.path / "slides" / "module_100_tests" / f"topic_100_{topic}" / rest).unlink()

    def write_spec(self) -> None:
        self.spec.write_text(
            "name: {de: Kurs, en: Course}\n"
            "sections:\n"
            "  - name: {de: Woche, en: Week}\n"
            f"    topics: [{', '.join(self._topics)}]\n{self.more_spec}",
            encoding="utf-8",
        )

    # -- building -----------------------------------------------------------------------------

    def build(self, listener: BuildListener | None = None, **options: Any) -> BuildReport:
        """Builds the course in this process."""
        return build_course(
            BuildOptions(**{"spec_path": self.spec, "jobs": 1, **options}),
            listener or BuildListener(),
        )

    def start(
        self,
        *arguments: str,
        command: str = "build",
        environ: Mapping[str, str] | None = None,
        jobs: int = 2,
    ) -> ClmProcess:
        """Starts `clm build` as a leader of its own session and process group."""
        run_id = uuid.uuid4().hex
        process = subprocess.Popen(
            [*_CLM, command, str(self.spec), "--jobs", str(jobs), *arguments],
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
        """Ends whatever a test has left running."""
        for running in self._running:
            for process in running.living():
                try:
                    process.kill()
                except psutil.Error:
                    continue
            running.process.communicate()

    # -- looking ------------------------------------------------------------------------------

    def outputs(self, folder: Path | None = None) -> dict[str, bytes]:
        """All files of the output folder by relative path."""
        root = folder or self.path / "output"
        return {p.relative_to(root).as_posix(): p.read_bytes() for p in _files(root)}

    def mtimes(self, folder: Path) -> dict[str, int]:
        return {str(p): p.stat().st_mtime_ns for p in _files(folder)}

    def texts(self, name: str) -> set[str]:
        """The contents of all outputs of that file name."""
        return {data.decode() for path, data in self.outputs().items() if path.endswith(name)}

    def job_folders(self) -> list[Path]:
        work = self.own / "work"
        return list(work.iterdir()) if work.exists() else []


def outcomes(report: BuildReport) -> dict[str, Outcome]:
    """How the jobs ended, by the names of their sources."""
    return {job.source.rpartition("/")[2]: job.outcome for job in report.jobs}


def messages(report: BuildReport) -> str:
    """All that was said, one message a line."""
    said = [d for job in report.jobs for d in job.diagnostics]
    return "\n".join(str(d) for d in (*said, *report.problems))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
