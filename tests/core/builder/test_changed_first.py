"""Changed sources are submitted before the rest of the course is looked up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import define, field
from course_folder import CourseFolder

from clm.backends.backend import Backend, CancelJobs, Operation, RunJobs
from clm.builder.options import BuildOptions
from clm.builder.report import BuildListener, BuildReport, JobReport
from clm.builder.sessions.opening import open_session
from clm.builder.sessions.session import BuildSession
from clm.course.course import Course
from clm.course.syntax.reader import load_spec
from clm.plugins import PluginRegistry


@define
class Events(BuildListener):
    """The events of a build in order: `submit`, `cancel` or an outcome, and the source's name."""

    log: list[str] = field(factory=list)

    def job_finished(self, report: JobReport) -> None:
        self.log.append(f"{report.outcome} {Path(report.source).name}")


class Watched(Backend):
    """A backend that records its operations and passes them to another one."""

    def __init__(self, backend: Backend, events: Events) -> None:
        self._backend = backend
        self._events = events
        self.blocked = False

    async def execute_operation(self, operation: Operation) -> None:
        if isinstance(operation, RunJobs):
            names = [Path(job.request.source).name for job in operation.jobs]
            self._events.log += [f"submit {name}" for name in names]
        elif isinstance(operation, CancelJobs):
            self._events.log += [f"cancel {Path(i).name}" for i in operation.ids]
        await self._backend.execute_operation(operation)

    async def wait_for_completion(self) -> None:
        if self.blocked:
            await asyncio.Event().wait()
        await self._backend.wait_for_completion()

    async def shutdown(self) -> None:
        await self._backend.shutdown()


async def build(session: BuildSession, course: CourseFolder, events: Events) -> list[str]:
    """The events of a build."""
    events.log.clear()
    found = Course.load(load_spec(course.spec))
    await session.build(found, events, BuildReport())
    return list(events.log)


def test_changed_source_submitted_first(course: CourseFolder) -> None:
    for name in ("a", "b", "c"):
        course.add(f"{name}/{name}.shout", f"{name}\n")
    events = Events()

    async def edit_the_last() -> list[str]:
        plugins = PluginRegistry.load()
        async with open_session(BuildOptions(course.spec, backend="inline"), plugins) as session:
            session.backend = Watched(session.backend, events)
            await build(session, course, events)
            course.add("c/c.shout", "edited\n")
            return await build(session, course, events)

    assert asyncio.run(edit_the_last()) == [
        "submit c.shout",
        "skipped a.shout",
        "skipped b.shout",
        "built c.shout",
    ]
    assert course.texts("c.txt") == {"EDITED\n"}


def rebuild_after_cancelled_build(course: CourseFolder, edit: Callable[[], object]) -> list[str]:
    """The events of a build after an edit; the first build was cancelled after its submission."""
    events = Events()

    async def builds() -> list[str]:
        plugins = PluginRegistry.load()
        async with open_session(BuildOptions(course.spec, backend="inline"), plugins) as session:
            session.backend = backend = Watched(session.backend, events)
            backend.blocked = True
            first = asyncio.create_task(build(session, course, events))
            while not events.log:  # until its jobs are submitted
                await asyncio.sleep(0)
            first.cancel()
            await asyncio.wait([first])
            backend.blocked = False
            edit()
            return await build(session, course, events)

    return asyncio.run(builds())


@pytest.fixture
def two(course: CourseFolder) -> CourseFolder:
    for name in ("a", "b"):
        course.add(f"topic/{name}.shout", f"{name}\n")
    return course


def test_wanted_job_continues(two: CourseFolder) -> None:
    log = rebuild_after_cancelled_build(two, lambda: two.add("topic/b.shout", "edited\n"))
    assert log == ["cancel b.shout", "submit b.shout", "built b.shout", "built a.shout"]
    assert two.texts("b.txt") == {"EDITED\n"}


def test_unwanted_job_cancelled(two: CourseFolder) -> None:
    log = rebuild_after_cancelled_build(two, two.path_of("topic/b.shout").unlink)
    assert log == ["cancel b.shout", "built a.shout"]
