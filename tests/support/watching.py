"""Watches in a thread of this process, which report each build to the test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from queue import Queue
from typing import Any, Self

import pytest
from attrs import define, field, frozen
from course_folder import CourseFolder

from clm.builder import BuildListener, BuildOptions, BuildReport
from clm.builder.sessions.watch import WatchListener, watch
from clm.errors import ClmError

# The output targets of a watched course; without any, the course has the default tree.
TREES = [
    pytest.param("", id="default-tree"),
    pytest.param("[{name: students, path: output/students}]", id="output-targets"),
]
_SECONDS = 60.0


@frozen
class Ended:
    """The end of a build: with its report, with an error, or cancelled (`superseded`)."""

    changed: frozenset[Path]
    report: BuildReport | None = None
    error: ClmError | None = None

    @property
    def superseded(self) -> bool:
        return self.report is None and self.error is None


@define
class _Listener(WatchListener):
    ends: Queue[Ended]
    _changed: frozenset[Path] = frozenset()

    def build_begins(self, changed: Collection[Path]) -> BuildListener:
        self._changed = frozenset(changed)
        return BuildListener()

    def build_superseded(self) -> None:
        self.ends.put(Ended(self._changed))

    def build_ended(self, report: BuildReport) -> None:
        self.ends.put(Ended(self._changed, report))

    def build_failed(self, error: ClmError) -> None:
        self.ends.put(Ended(self._changed, error=error))


@define
class Watching:
    """Context manager that watches the course while a test changes it."""

    course: CourseFolder
    options: dict[str, Any] = field(factory=dict)
    _ends: Queue[Ended] = field(factory=Queue, init=False)
    _loop: asyncio.AbstractEventLoop = field(factory=asyncio.new_event_loop, init=False)
    _task: asyncio.Task[None] | None = field(default=None, init=False)
    _thread: threading.Thread = field(init=False)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join()
        self._loop.close()

    def end(self) -> Ended:
        """The next end of a build that was not cancelled."""
        while (end := self._ends.get(timeout=_SECONDS)).superseded:
            continue
        return end

    def any_end(self) -> Ended:
        """The next end of any build."""
        return self._ends.get(timeout=_SECONDS)

    def report(self) -> BuildReport:
        """The report of the next build."""
        end = self.end()
        assert end.report is not None, end.error
        return end.report

    def until(self, condition: Callable[[], bool]) -> BuildReport:
        """The report of the first build after which the condition holds.

        Earlier builds may fail, since they may run while files are being replaced.
        """
        while True:
            end = self.end()
            if end.report is not None and condition():
                return end.report

    def _run(self) -> None:
        defaults: dict[str, Any] = {"backend": "inline", "jobs": 1}
        options = BuildOptions(self.course.spec, **(defaults | self.options))
        self._task = self._loop.create_task(watch(options, _Listener(self._ends)))
        self._loop.run_until_complete(asyncio.wait({self._task}))
        if not self._task.cancelled() and (error := self._task.exception()):
            assert isinstance(error, ClmError), error
            self._ends.put(Ended(frozenset(), error=error))
        self._loop.run_until_complete(self._loop.shutdown_default_executor())

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
