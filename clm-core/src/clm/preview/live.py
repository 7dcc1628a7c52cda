"""State of a preview that open pages follow: what is built, and the errors."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import define, evolve, field, frozen

from clm.builder.report import BuildReport, JobReport, Outcome
from clm.errors import ClmError, Diagnostic, Severity

_FAILED = (Outcome.FAILED, Outcome.CANCELLED)
_KEPT_BUILDS = 10
_SHOWN_JOBS = 30  # jobs with problems
_SHOWN_FILES = 200
# A page that has moved is in the same folder, or in that of another section beside it.
_MOVED_PARTS = 2
# What readers are told who may not see the text of decks.
_HIDDEN = {
    "message": "there are errors",
    "severity": "error",
    "place": "",
    "excerpt": "",
    "hint": "the list for teachers shows them; `clm preview` has printed its address",
}


@frozen
class _Running:
    job_type: str
    source: str
    started: float


@frozen
class Build:
    """A build that has ended, in figures; `time` is its end in seconds since the epoch."""

    time: float
    seconds: float
    ok: bool
    jobs: Mapping[str, int]  # by outcome
    written: int = 0
    removed: int = 0


@frozen
class Now:
    """The state at one time. `problems` are by source and job; those of the course have none.

    `files` has the version at which an output was last written, `running` the jobs by id.
    """

    version: int = 0
    state: str = "building"
    problems: Mapping[tuple[str, str], list[dict[str, Any]]] = field(factory=dict)
    running: Mapping[str, _Running] = field(factory=dict)
    total: int = 0
    done: int = 0
    built: int = 0
    outcomes: Mapping[str, int] = field(factory=dict)
    changed: tuple[str, ...] = ()
    builds: tuple[Build, ...] = ()
    files: Mapping[str, int] = field(factory=dict)

    def problems_of(self, source: str | None, *, details: bool) -> list[dict[str, Any]]:
        """Those of the course and of a source; None stands for all sources."""
        wanted = [key for key in sorted(self.problems) if source is None or key[0] in ("", source)]
        found = {
            tuple(problem.items()): {**problem, "source": key[0]}
            for key in wanted[:_SHOWN_JOBS]
            for problem in self.problems[key]
        }
        return list(found.values()) if details else [dict(_HIDDEN)] * bool(found)

    def written_since(self, version: int) -> list[str]:
        """The paths of outputs that were written after a version."""
        return [path for path, at in self.files.items() if at > version][:_SHOWN_FILES]

    def overview(self, *, details: bool) -> dict[str, Any]:
        """All but what concerns single pages, as plain data."""
        now = time.time()
        running = [
            {"type": job.job_type, "source": job.source, "seconds": round(now - job.started, 1)}
            for job in sorted(self.running.values(), key=lambda job: job.started)
        ]
        return {
            "state": self.state,
            "problems": self.problems_of(None, details=details),
            "failed": len({source for source, _ in self.problems}),
            "running": running if details else [],
            "done": self.done,
            "total": self.total,
            "built": self.built,
            "outcomes": dict(self.outcomes),
            "changed": list(self.changed) if details else [],
            "builds": [_build_data(build) for build in self.builds],
        }


def _build_data(build: Build) -> dict[str, Any]:
    clock = time.strftime("%H:%M:%S", time.localtime(build.time))
    return {
        "time": clock,
        "seconds": round(build.seconds, 2),
        "ok": build.ok,
        "jobs": dict(build.jobs),
        "written": build.written,
        "removed": build.removed,
    }


@define(eq=False)
class Live:
    """The present state; changed from the watch's thread, read from those of the server.

    Readers wait for versions, so a slow one misses states in between, and takes no memory.
    """

    _changed: threading.Condition = field(factory=threading.Condition)
    _now: Now = field(factory=Now)
    _sources: dict[str, str] = field(factory=dict)  # of outputs, by path below the output folder
    _stale: bool = True
    _closed: bool = False

    @property
    def now(self) -> Now:
        """The present state."""
        return self._now

    def wait(self, seen: int, seconds: float) -> Now | None:
        """The state when its version is above `seen`, or after the seconds; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._now.version > seen, seconds)
            return None if self._closed else self._now

    def close(self) -> None:
        """End all waiting."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def source_of(self, path: str) -> str | None:
        """The source of an output, also of a former one; None if it is unknown."""
        return self._sources.get(path)

    def successors(self, path: str) -> list[str]:
        """Outputs that may have replaced one that is gone: of the same source and kind."""
        source, parts = self._sources.get(path), PurePosixPath(path).parts
        if source is None:
            return []
        kept, suffix = parts[: max(1, len(parts) - _MOVED_PARTS)], PurePosixPath(path).suffix
        return [
            other
            for other, of in list(self._sources.items())
            if of == source and other != path and other.endswith(suffix)
            and PurePosixPath(other).parts[: len(kept)] == kept
            and len(PurePosixPath(other).parts) == len(parts)
        ]  # fmt: skip

    def begin(self, changed: Collection[Path], *, anew: bool = False) -> None:
        """A build has begun; `anew` says that sources of outputs may have changed their names."""
        self._stale = self._stale or anew
        names = tuple(sorted(path.name for path in changed))
        self._set(state="building", total=0, done=0, running={}, outcomes={}, changed=names)

    def planned(self, total: int) -> None:
        """The number of jobs of the build is known."""
        self._set(total=total)

    def started(self, job: str, job_type: str, source: str) -> None:
        """A job has started."""
        running = _Running(job_type, source, time.time())
        self._set(running={**self._now.running, job: running})

    def ended(self, report: JobReport) -> None:
        """A job has ended: its page can be shown, or has errors."""
        now = self._now
        running = {job: item for job, item in now.running.items() if job != report.id}
        problems = dict(now.problems)
        if report.outcome in _FAILED:
            problems[report.source, report.id] = _as_data(report.diagnostics)
        else:
            problems.pop((report.source, report.id), None)
        outcomes = {**now.outcomes, report.outcome: now.outcomes.get(report.outcome, 0) + 1}
        done = now.done + 1
        self._set(running=running, problems=problems, outcomes=outcomes, done=done)

    def written(self, paths: Collection[str]) -> None:
        """These outputs can be shown already."""
        version = self._now.version + 1
        self._set(files={**self._now.files, **dict.fromkeys(paths, version)})

    def finish(self, report: BuildReport) -> None:
        """The build has ended."""
        written = report.written()
        self._sources.update({output.path: output.source for output in written})
        outcomes = Counter(str(job.outcome) for job in report.jobs)
        files = len(written), report.files_removed
        build = Build(time.time(), report.seconds, report.ok, outcomes, *files)
        version = self._now.version + 1
        self._set(
            state="ok" if report.ok else "failed",
            problems=_problems(report),
            running={},
            built=version,
            builds=(build, *self._now.builds)[:_KEPT_BUILDS],
            files={**self._now.files, **dict.fromkeys((o.path for o in written), version)},
        )
        if self._stale:  # takes a while for a large course, so that pages are told before
            self._sources.update({o.path: o.source for o in report.delivered()})
            self._stale = False
            self._set()

    def fail(self, error: ClmError) -> None:
        """The build could not be carried out."""
        build = Build(time.time(), 0.0, False, {})
        self._stale = True
        self._set(
            state="failed",
            problems={("", ""): _as_data(error.diagnostics)},
            running={},
            built=self._now.version + 1,
            builds=(build, *self._now.builds)[:_KEPT_BUILDS],
        )

    def _set(self, **changes: Any) -> None:
        with self._changed:
            self._now = evolve(self._now, version=self._now.version + 1, **changes)
            self._changed.notify_all()


def _problems(report: BuildReport) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found = {
        (job.source, job.id): _as_data(job.diagnostics)
        for job in (*report.earlier_failures, *report.jobs)
        if job.outcome in _FAILED
    }
    errors = [problem for problem in report.problems if problem.severity is Severity.ERROR]
    if errors:
        found["", ""] = _as_data(errors)
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
