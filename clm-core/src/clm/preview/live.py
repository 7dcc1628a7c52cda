"""State of a preview that browsers follow: what is built, and the errors."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import define, field

from clm.builder.report import BuildListener, BuildReport, JobReport, Outcome
from clm.builder.watch import WatchListener
from clm.errors import ClmError, Diagnostic, Severity

_WAITING_EVENTS = 100  # of one browser; a stopped one loses the others and loads the state again
_FAILED = (Outcome.FAILED, Outcome.CANCELLED)
_KEPT_BUILDS = 10


@define(eq=False)
class Live:
    """What browsers are told; called from the watch's thread, read from those of the server.

    `problems` are by source; those of the whole course have an empty one.
    """

    _lock: threading.Lock = field(factory=threading.Lock)
    _subscribers: list[queue.Queue[str | None]] = field(factory=list)
    _state: str = "building"
    _problems: dict[str, list[dict[str, Any]]] = field(factory=dict)
    _jobs: dict[str, str] = field(factory=dict)  # sources of running jobs by id
    _total: int = 0
    _done: int = 0
    _builds: list[dict[str, Any]] = field(factory=list)
    _sources: dict[str, str] = field(factory=dict)  # of outputs, by path below the output folder
    _closed: bool = False

    def subscribe(self) -> queue.Queue[str | None]:
        """A queue of events in JSON, beginning with the state; None ends it."""
        events: queue.Queue[str | None] = queue.Queue(_WAITING_EVENTS)
        with self._lock:
            if self._closed:
                events.put(None)
            else:
                self._subscribers.append(events)
                events.put(json.dumps({"event": "state", **self._data()}))
        return events

    def unsubscribe(self, events: queue.Queue[str | None]) -> None:
        """Forget a browser that has gone."""
        with self._lock, suppress(ValueError):
            self._subscribers.remove(events)

    def close(self) -> None:
        """End the events of all browsers."""
        with self._lock:
            self._closed = True
            for events in self._subscribers:
                with suppress(queue.Full):
                    events.put_nowait(None)

    def data(self) -> Mapping[str, Any]:
        """The state as plain data."""
        with self._lock:
            return self._data()

    def source_of(self, path: str) -> str:
        """The source of an output by its path below the output folder; empty if it is unknown."""
        with self._lock:
            return self._sources.get(path, "")

    def begin(self, changed: Collection[Path]) -> None:
        """A build has begun."""
        with self._lock:
            self._state, self._total, self._done, self._jobs = "building", 0, 0, {}
            self._tell("building", changed=sorted(path.name for path in changed))

    def planned(self, total: int) -> None:
        """The number of jobs of the build is known."""
        with self._lock:
            self._total = total

    def started(self, job: str, source: str) -> None:
        """A job has started."""
        with self._lock:
            self._jobs[job] = source
            self._tell("progress")

    def ended(self, report: JobReport) -> None:
        """A job has ended: its page can be shown, or has errors."""
        with self._lock:
            self._jobs.pop(report.id, None)
            self._done += 1
            if report.outcome in _FAILED:
                self._problems[report.source] = _as_data(report.diagnostics)
                self._tell("failed", source=report.source)
            elif report.outcome is Outcome.BUILT:
                self._problems.pop(report.source, None)
                self._tell("job", source=report.source)

    def finish(self, report: BuildReport) -> None:
        """The build has ended."""
        written = [(output.path, output.source) for output in report.delivered()]
        changed = sorted({output.path for output in report.written()})
        with self._lock:
            self._state = "ok" if report.ok else "failed"
            self._sources = dict(written)
            self._problems = _problems(report)
            self._jobs = {}
            self._note_build(report.seconds, len(changed))
            self._tell("built", written=changed)

    def fail(self, error: ClmError) -> None:
        """The build could not be carried out."""
        with self._lock:
            self._state = "failed"
            self._problems = {"": _as_data(error.diagnostics)}
            self._note_build(0.0, 0)
            self._tell("built", written=[])

    def _note_build(self, seconds: float, written: int) -> None:
        build = {
            "time": time.strftime("%H:%M:%S"),
            "seconds": round(seconds, 2),
            "written": written,
            "ok": self._state == "ok",
        }
        self._builds = [build, *self._builds][:_KEPT_BUILDS]

    def _data(self) -> dict[str, Any]:
        return {
            "state": self._state,
            "problems": self._problems,
            "running": sorted(set(self._jobs.values())),
            "done": self._done,
            "total": self._total,
            "builds": self._builds,
        }

    def _tell(self, event: str, **more: Any) -> None:
        text = json.dumps({"event": event, **self._data(), **more})
        for events in self._subscribers:
            with suppress(queue.Full):
                events.put_nowait(text)


def _problems(report: BuildReport) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for job in (*report.earlier_failures, *report.jobs):
        if job.outcome in _FAILED:
            found[job.source] = _as_data(job.diagnostics)
        else:
            found.pop(job.source, None)
    errors = [problem for problem in report.problems if problem.severity is Severity.ERROR]
    if errors:
        found[""] = _as_data(errors)
    return found


def _as_data(diagnostics: Iterable[Diagnostic]) -> list[dict[str, Any]]:
    return [
        {
            "message": d.message,
            "severity": str(d.severity),
            "place": str(d.place) if d.place else "",
            "excerpt": d.excerpt or "",
            "hint": d.hint or "",
        }
        for d in diagnostics
    ]


@define(eq=False)
class LiveListener(WatchListener):
    """Passes the progress of a watch on to browsers, and to the listener of the terminal."""

    live: Live
    shown: WatchListener

    def build_begins(self, changed: Collection[Path]) -> BuildListener:
        self.live.begin(changed)
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
        self.live.started(job_id, source)
        self.shown.job_started(job_type, job_id, source)

    def job_progressed(self, job_id: str, progress: Any) -> None:
        self.shown.job_progressed(job_id, progress)

    def job_finished(self, report: JobReport) -> None:
        self.live.ended(report)
        self.shown.job_finished(report)

    def explained(self, explanation: Any) -> None:
        self.shown.explained(explanation)

    def problem(self, diagnostic: Diagnostic) -> None:
        self.shown.problem(diagnostic)
