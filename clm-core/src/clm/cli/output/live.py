"""Live display of a build: progress by job type and running jobs."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from threading import Lock
from types import TracebackType
from typing import Self

import click
from attrs import define, evolve
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from clm.builder.report import Action, BuildListener, Explanation, JobReport, Outcome
from clm.cli.output.console import plain, tail
from clm.cli.output.job_lines import explanation_lines, job_line
from clm.jobs.work import JobProgress

_SHOWN = 8  # running jobs
_MAX_PROGRESS = 40  # characters of the progress that a job reports


@define
class _Progress:
    total: int
    done: int = 0
    failed: int = 0


class LiveDisplay(BuildListener):
    """Context manager for a build; failed jobs stay above the display, which is cleared at the end.

    Texts of the course are shown as `Text`, since rich interprets markup in strings.
    """

    def __init__(
        self, correlation_ids: bool, console: Console | None = None, *, verbose: bool = False
    ) -> None:
        self._correlation_ids = correlation_ids
        self._verbose = verbose
        # A thread of rich draws the display; the events come from the build's thread.
        self._lock = Lock()
        self._types: dict[str, _Progress] = {}
        self._running: dict[str, tuple[str, str, float]] = {}
        self._reported: dict[str, str] = {}
        self._begin = time.monotonic()
        self._live = Live(
            console=console or Console(),
            get_renderable=self._draw,
            refresh_per_second=8,
            transient=True,
            redirect_stderr=sys.stderr.isatty(),
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def planned(
        self, jobs: Mapping[str, int], files: int, suffixes: Mapping[str, int] | None = None
    ) -> None:
        with self._lock:
            self._types = {name: _Progress(jobs[name]) for name in sorted(jobs)}

    def job_started(self, job_type: str, job_id: str, source: str) -> None:
        with self._lock:
            self._reported.pop(job_id, None)
            self._running[job_id] = (plain(job_type), plain(source), time.monotonic())

    def job_progressed(self, job_id: str, progress: JobProgress) -> None:
        with self._lock:
            if job_id in self._running:
                self._reported[job_id] = plain(str(progress))[:_MAX_PROGRESS]

    def explained(self, explanation: Explanation) -> None:
        if self._verbose or explanation.action is not Action.SKIP:
            self._live.console.print(Text(explanation_lines(explanation)), soft_wrap=True)

    def job_finished(self, report: JobReport) -> None:
        with self._lock:
            self._running.pop(report.id, None)
            self._reported.pop(report.id, None)
            progress = self._types.setdefault(report.job_type, _Progress(0))
            progress.done += 1
            progress.failed += report.outcome is Outcome.FAILED
        if self._verbose or report.outcome is Outcome.FAILED:
            # The message at the end of the build has the whole path.
            rest = click.unstyle(job_line(evolve(report, source=""), self._correlation_ids))
            room = self._live.console.width - cell_len(rest)
            short = evolve(report, source=tail(report.source, room))
            line = job_line(short, self._correlation_ids)
            self._live.console.print(Text.from_ansi(line), soft_wrap=True)

    def _draw(self) -> RenderableType:
        now = time.monotonic()
        with self._lock:
            rows = [self._elapsed(now), *self._running_rows(now)]
            return Group(self._bars(), *rows)

    def _bars(self) -> Table:
        table = Table.grid(padding=(0, 1))
        for name, progress in self._types.items():
            failed = f"{progress.failed} failed" if progress.failed else ""
            table.add_row(
                Text(name),
                ProgressBar(max(progress.total, 1), progress.done, width=30),
                Text(f"{progress.done}/{progress.total}"),
                Text(failed, style="red"),
            )
        return table

    def _elapsed(self, now: float) -> Text:
        minutes, seconds = divmod(int(now - self._begin), 60)
        return Text(f"{minutes}:{seconds:02} elapsed, {len(self._running)} running", style="dim")

    def _running_rows(self, now: float) -> list[Text]:
        oldest = sorted(self._running.items(), key=lambda job: job[1][2])[:_SHOWN]
        return [
            self._running_row(name, source, now - begin, self._reported.get(job_id, ""))
            for job_id, (name, source, begin) in oldest
        ]

    def _running_row(self, job_type: str, source: str, seconds: float, progress: str) -> Text:
        start, end = f"  {job_type} ", f" ({seconds:.0f} s)" + (f" {progress}" if progress else "")
        shown = tail(source, self._live.console.width - cell_len(start + end))
        return Text(start + shown + end, no_wrap=True, overflow="ellipsis")
