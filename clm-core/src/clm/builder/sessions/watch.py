"""Watch mode: builds of a course after each change."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Collection
from pathlib import Path

from attrs import define, field

from clm.backends.paths import ClmPaths
from clm.builder.hooks import call_finished, call_started
from clm.builder.options import BuildOptions
from clm.builder.outcome.last_build import keep_record
from clm.builder.report import BuildListener, BuildReport
from clm.builder.sessions.opening import open_session
from clm.builder.sessions.session import BuildSession, load_course
from clm.builder.sessions.watch_files import Changes, WatchedFiles
from clm.builder.trust.local_plugins import load_for_build
from clm.course.course import Course
from clm.course.syntax.reader import load_spec
from clm.errors import ClmError, Diagnostic, UsageError
from clm.event_loop import noting_interrupts

# Commands search for cyclic garbage so seldom that a long watch would keep that of hundreds of
# builds. What has survived a plan of the whole course is searched again after so many.
_BUILDS_UNTIL_FULL_SEARCH = 20


class WatchListener:
    """Receives the progress of a watch, in the watch's thread; the base class ignores it.

    Each `build_begins` is followed by one of the other three calls.
    """

    def build_begins(self, changed: Collection[Path]) -> BuildListener:
        """A build begins because these paths have changed; the first build has none."""
        return BuildListener()

    def build_superseded(self) -> None:
        """The build was cancelled because of another change; a new build follows."""

    def build_ended(self, report: BuildReport) -> None:
        """The build has ended; failures are in the report."""

    def build_failed(self, error: ClmError) -> None:
        """The build could not be carried out, for example because of an error in the spec."""


def watch_course(options: BuildOptions, listener: WatchListener) -> None:
    """Runs `watch` until Ctrl-C raises KeyboardInterrupt."""
    asyncio.run(noting_interrupts(watch(options, listener, owns_process=True)))


async def watch(
    options: BuildOptions, listener: WatchListener, *, owns_process: bool = False
) -> None:
    """Builds the course, and again after each change, until it is cancelled.

    Errors in the course are passed to the listener. A change during a build cancels the build;
    the next one continues those of its jobs that are still needed. With `owns_process`, the garbage
    of the whole process is collected after builds.

    Raises:
        UsageError, SpecError, OutputError, DatabaseError: the watch cannot start.
    """
    if options.ignore_db:
        raise UsageError(
            "--ignore-db cannot be combined with --watch, which rebuilds only what has changed",
            hint="run `clm build --ignore-db` once, then `clm build --watch`",
        )
    if not options.spec_path.is_file():
        load_spec(options.spec_path)  # raises the error; nothing could be watched
    async with open_session(options, load_for_build(options), keep_workers=True) as session:
        watch_run = _Watch(options, session, listener, owns_process)
        while True:
            await watch_run.build_until_roots_change()


@define
class _Watch:
    """One watch; `_changed` are the changes since the last build that was not cancelled."""

    options: BuildOptions
    session: BuildSession
    listener: WatchListener
    owns_process: bool
    _watched: WatchedFiles = field(init=False)
    _changed: set[Path] = field(factory=set, init=False)
    _building: bool = field(default=False, init=False)
    _builds: int = field(default=0, init=False)
    _is_planned: bool = field(default=False, init=False)
    _recording: threading.Lock = field(factory=threading.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self._watched = WatchedFiles.of_spec(self.options)

    async def build_until_roots_change(self) -> None:
        """Builds now and after each change; returns when the watched folders have changed."""
        async with Changes(self._watched) as changes:
            roots_changed = False
            while not roots_changed:
                build = asyncio.create_task(self._build())
                next_change = asyncio.create_task(self._next(changes))
                try:
                    await asyncio.wait({build, next_change}, return_when=asyncio.FIRST_COMPLETED)
                    if build.done() and not build.result():
                        return
                    if build.done() and self.owns_process:
                        self._collect_garbage()
                    found = await next_change
                finally:
                    next_change.cancel()
                    build.cancel()
                    await asyncio.wait({build, next_change})
                self._note(found)
                roots_changed = any(self._watched.uproots(path) for path in found)

    def _note(self, found: set[Path]) -> None:
        if self._building:
            self._building = False
            self.listener.build_superseded()
        self._changed |= found

    async def _next(self, changes: Changes) -> set[Path]:
        while True:
            found = await changes.next()
            own = self._written_by_clm
            relevant = {path for path in found if self._watched.concerns(path, own)}
            if relevant:
                return relevant

    @property
    def _written_by_clm(self) -> frozenset[Path]:
        paths = ClmPaths.of(self.options.spec_path, self.options.db_path)
        return frozenset([paths.folder.resolve(), paths.folder, *self.session.written])

    async def _build(self) -> bool:
        """Builds the course; builds nothing and returns False if other folders must be watched."""
        began, clock = time.time(), time.monotonic()
        report = BuildReport()
        try:
            plugins, options, session = self.session.plugins, self.options, self.session

            def begin(course: Course) -> BuildListener:
                listener = self._begin_build()
                call_started(plugins, options, course, report, listener)
                return listener

            early = await session.build_early(self._changed, begin, report)
            if early is not None and early.is_whole:
                call_finished(plugins, options, session.delivered, report, early.listener)
                report.seconds = time.monotonic() - clock
                await asyncio.to_thread(self._keep_record, began, report)
                self._end_build(report)
                return True
            course = load_course(self.options, self.session.plugins)
            watched = WatchedFiles.of_course(self.options, course)
            if watched != self._watched:
                self._watched = watched
                self._note(set())
                return False
            listener = early.listener if early else begin(course)
            changed = () if early else self._changed  # failed jobs were run again once
            await session.build(course, listener, report, changed)
            call_finished(plugins, options, session.delivered, report, listener)
        except ClmError as error:
            report.seconds = time.monotonic() - clock
            self._keep_record(began, report, error.diagnostics)
            if not self._building:
                self._begin_build()
            self.listener.build_failed(error)
            self._end_build()
        else:
            report.seconds = time.monotonic() - clock
            self._keep_record(began, report)
            self._is_planned = True
            self._end_build(report)
        return True

    def _keep_record(
        self, began: float, report: BuildReport, stopped_by: Collection[Diagnostic] = ()
    ) -> None:
        # That of a build that was cancelled may still be written.
        with self._recording:
            keep_record(self.options, began, report, stopped_by)

    def _end_build(self, report: BuildReport | None = None) -> None:
        if report is not None:
            self.listener.build_ended(report)
        self._building = False
        self._changed = set()

    def _collect_garbage(self) -> None:
        """Free what the build has left; its readers have been told, so nobody waits for this."""
        if not self._is_planned:
            gc.collect()
            return
        # A plan of the whole course stays until the next one: other builds do not search it.
        self._is_planned = False
        self._builds += 1
        gc.unfreeze()
        gc.collect(1 if self._builds % _BUILDS_UNTIL_FULL_SEARCH else 2)
        gc.freeze()

    def _begin_build(self) -> BuildListener:
        self._building = True
        return self.listener.build_begins(frozenset(self._changed))
