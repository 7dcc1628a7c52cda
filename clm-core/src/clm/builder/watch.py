"""Building a course again and again, as it changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from pathlib import Path

from attrs import define, field

from clm.backends.paths import ClmPaths
from clm.builder.last_build import keep_record
from clm.builder.options import BuildOptions
from clm.builder.report import BuildListener, BuildReport
from clm.builder.session import BuildSession, load_course, open_session
from clm.builder.watch_files import Changes, WatchedFiles
from clm.course.reader import load_spec
from clm.errors import ClmError, UsageError
from clm.plugins import PluginRegistry


class WatchListener:
    """Is told of a watch's progress, always from its own thread; the base ignores it.

    Each build begins, and then ends in one of three ways.
    """

    def build_begins(self, changed: Collection[Path]) -> BuildListener:
        """A build begins, since these paths have changed (none: the first one)."""
        return BuildListener()

    def build_superseded(self) -> None:
        """It was broken off, since something has changed again; another one begins."""

    def build_ended(self, report: BuildReport) -> None:
        """It has come to its end; what failed is in the report."""

    def build_failed(self, error: ClmError) -> None:
        """It could not be carried out, for example since the spec is wrong."""


def watch_course(options: BuildOptions, listener: WatchListener) -> None:
    """`watch`, until Ctrl-C raises KeyboardInterrupt."""
    asyncio.run(watch(options, listener))


async def watch(options: BuildOptions, listener: WatchListener) -> None:
    """Builds the course, and again after each change of it, until it is cancelled.

    What is wrong with the course is told to the listener. A change during a build breaks the
    build off; those of its jobs that are still wanted go on.

    Raises:
        UsageError, SpecError, OutputError, DatabaseError: it cannot begin.
    """
    if options.ignore_db:
        raise UsageError(
            "a watch only does what has changed, so it cannot build everything again",
            hint="run `clm build --ignore-db` once, and watch then",
        )
    if not options.spec_path.is_file():
        load_spec(options.spec_path)  # says what is wrong; nothing could be watched
    async with open_session(options, PluginRegistry.load(), keep_workers=True) as session:
        watching = _Watch(options, session, listener)
        while True:
            await watching.build_until_roots_change()


@define
class _Watch:
    """One watch; `_changed` is what no build has seen to its end yet."""

    options: BuildOptions
    session: BuildSession
    listener: WatchListener
    _watched: WatchedFiles = field(init=False)
    _changed: set[Path] = field(factory=set, init=False)
    _under_way: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._watched = WatchedFiles.of_spec(self.options)

    async def build_until_roots_change(self) -> None:
        """Builds now and after each change; returns when other folders are to be looked at."""
        async with Changes(self._watched) as changes:
            roots_changed = False
            while not roots_changed:
                build = asyncio.create_task(self._build())
                coming = asyncio.create_task(self._next(changes))
                try:
                    await asyncio.wait({build, coming}, return_when=asyncio.FIRST_COMPLETED)
                    if build.done() and not build.result():
                        return
                    found = await coming
                finally:
                    coming.cancel()
                    build.cancel()
                    await asyncio.wait({build, coming})
                self._note(found)
                roots_changed = any(self._watched.uproots(path) for path in found)

    def _note(self, found: set[Path]) -> None:
        if self._under_way:
            self._under_way = False
            self.listener.build_superseded()
        self._changed |= found

    async def _next(self, changes: Changes) -> set[Path]:
        while True:
            found = await changes.next()
            own = self._own
            relevant = {path for path in found if self._watched.concerns(path, own)}
            if relevant:
                return relevant

    @property
    def _own(self) -> frozenset[Path]:
        paths = ClmPaths.of(self.options.spec_path, self.options.db_path)
        return frozenset([paths.folder.resolve(), paths.folder, *self.session.written])

    async def _build(self) -> bool:
        """False, with nothing built, when the course has other folders than those looked at."""
        began, clock = time.time(), time.monotonic()
        report = BuildReport()
        try:
            course = load_course(self.options, self.session.plugins)
            watched = WatchedFiles.of_course(self.options, course)
            if watched != self._watched:
                self._watched = watched
                return False
            listener = self._begin()
            await self.session.build(course, listener, report, self._changed)
        except ClmError as error:
            report.seconds = time.monotonic() - clock
            keep_record(self.options, began, report, error.diagnostics)
            if not self._under_way:
                self._begin()
            self.listener.build_failed(error)
        else:
            report.seconds = time.monotonic() - clock
            keep_record(self.options, began, report)
            self.listener.build_ended(report)
        self._under_way = False
        self._changed = set()
        return True

    def _begin(self) -> BuildListener:
        self._under_way = True
        return self.listener.build_begins(frozenset(self._changed))
