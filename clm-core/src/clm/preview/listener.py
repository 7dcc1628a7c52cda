"""Progress of a watch for the readers of a preview, and for the terminal."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from attrs import define

from clm.builder.report import BuildListener, BuildReport, JobReport
from clm.builder.sessions.watch import WatchListener
from clm.errors import ClmError
from clm.preview.live import Live


@define(eq=False)
class LiveListener(WatchListener):
    """Passes the progress of a watch on to open pages, and to the listener of the terminal."""

    live: Live
    shown: WatchListener
    spec: Path

    def build_begins(self, changed: Collection[Path]) -> BuildListener:
        anew = any(path.name == self.spec.name or not path.exists() for path in changed)
        self.live.begin(changed, anew=anew)
        return _LiveBuild(self.live, self.shown.build_begins(changed))

    def build_superseded(self) -> None:
        self.shown.build_superseded()

    def build_ended(self, report: BuildReport) -> None:
        self.live.finish(report)
        self.shown.build_ended(report)

    def build_failed(self, error: ClmError) -> None:
        self.live.fail(error)
        self.shown.build_failed(error)


@define(eq=False)
class _LiveBuild(BuildListener):
    live: Live
    shown: BuildListener

    def planned(
        self, jobs: Mapping[str, int], files: int, suffixes: Mapping[str, int] | None = None
    ) -> None:
        self.live.planned(sum(jobs.values()))
        self.shown.planned(jobs, files, suffixes)

    def job_started(self, job_type: str, job_id: str, source: str) -> None:
        self.live.started(job_id, job_type, source)
        self.shown.job_started(job_type, job_id, source)

    def job_progressed(self, job_id: str, progress: Any) -> None:
        self.shown.job_progressed(job_id, progress)

    def job_finished(self, report: JobReport) -> None:
        self.live.ended(report)
        self.shown.job_finished(report)

    def outputs_written(self, paths: Collection[str]) -> None:
        self.live.written(paths)
        self.shown.outputs_written(paths)

    def explained(self, explanation: Any) -> None:
        self.shown.explained(explanation)

    def problem(self, diagnostic: Any) -> None:
        self.shown.problem(diagnostic)
