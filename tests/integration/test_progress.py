"""Progress of jobs, reported to the build's listener and shown by `clm status`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import define, field
from building import BACKENDS
from click.testing import CliRunner
from course_folder import CourseFolder, messages

from clm.builder import BuildListener
from clm.cli.main import cli
from clm.jobs.work import JobProgress

pytestmark = pytest.mark.integration


@define
class Watcher(BuildListener):
    """Records progress; creates `file`, for which jobs wait, after the first report."""

    file: Path
    reports: list[tuple[str, JobProgress]] = field(factory=list)
    on_progress: Callable[[], None] = field(default=lambda: None)

    def job_progressed(self, job_id: str, progress: JobProgress) -> None:
        self.reports.append((job_id, progress))
        self.on_progress()
        self.file.touch()


@pytest.mark.parametrize("backend", BACKENDS)
def test_progress_reported_during_job(course: CourseFolder, tmp_path: Path, backend: str) -> None:
    watcher = Watcher(tmp_path / "told")
    course.add(
        "intro/one.shout", f"!progress 0.25 reading aloud\n!wait-for {watcher.file}\nhello\n"
    )

    report = course.build(watcher, backend=backend)

    assert report.ok, messages(report)
    ((job_id, progress),) = watcher.reports
    assert job_id.endswith("one.shout")
    assert progress == JobProgress(0.25, "reading aloud")


def test_status_shows_progress(course: CourseFolder, tmp_path: Path) -> None:
    shown: list[str] = []

    def look() -> None:
        shown.append(CliRunner().invoke(cli, ["status", str(course.spec)]).output)

    watcher = Watcher(tmp_path / "told", on_progress=look)
    course.add("intro/one.shout", f"!progress ? warming up\n!wait-for {watcher.file}\nhello\n")

    course.build(watcher)

    assert ": warming up" in shown[0]
    assert "warming up" not in CliRunner().invoke(cli, ["status", str(course.spec)]).output
