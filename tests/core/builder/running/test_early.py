"""Changed jobs of a watched course, which run before the course is planned again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Coroutine
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, field
from course_folder import CourseFolder
from gather_plugin import add_gather

from clm.builder.options import BuildFilter, BuildOptions
from clm.builder.outcome.last_build import keep_record, load_last_build
from clm.builder.report import BuildListener, BuildReport, JobReport, Outcome
from clm.builder.sessions.opening import open_session
from clm.builder.sessions.session import BuildSession
from clm.course.course import Course
from clm.course.syntax.reader import load_spec
from clm.plugins import PluginRegistry


@define
class Events(BuildListener):
    """The events of a build in order."""

    log: list[str] = field(factory=list)

    def job_finished(self, report: JobReport) -> None:
        self.log.append(f"{report.outcome} {Path(report.source).name}")

    def outputs_written(self, paths: Collection[str]) -> None:
        self.log.append(f"shown {sorted({Path(path).name for path in paths})}")


def after_first_build(
    course: CourseFolder, test: Callable[[BuildSession], Coroutine[Any, Any, None]]
) -> None:
    async def run() -> None:
        options = BuildOptions(course.spec, backend="inline")
        async with open_session(options, PluginRegistry.load()) as session:
            await session.build(Course.load(load_spec(course.spec)), Events(), BuildReport())
            await test(session)

    asyncio.run(run())


async def rebuild(session: BuildSession, course: CourseFolder, *changed: Path) -> tuple:
    """The report and the events of a build after changes."""
    report, events = BuildReport(), Events()
    paths = {path.resolve() for path in changed}
    early = await session.build_early(paths, lambda found: events, report)
    events.log.append(("whole" if early.is_whole else "early") if early else "not early")
    if early and early.is_whole:
        return report, events.log
    await session.build(Course.load(load_spec(course.spec)), events, report)
    return report, events.log


@pytest.fixture
def three(course: CourseFolder) -> CourseFolder:
    for name in ("a", "b", "c"):
        course.add(f"{name}/{name}.shout", f"{name}\n")
    return course


def test_save_builds_only_topic(three: CourseFolder) -> None:
    async def test(session: BuildSession) -> None:
        changed = three.add("b/b.shout", "edited\n")
        report, log = await rebuild(session, three, changed)
        shown = "shown ['b.txt']"
        assert log == ["built b.shout", shown, "skipped a.shout", "skipped c.shout", "whole"]
        assert report.files_written == len(report.written()) > 0
        assert report.files_unchanged == 2 * report.files_written
        assert len(report.delivered()) == 3 * report.files_written
        assert three.texts("b.txt") == {"EDITED\n"}

    after_first_build(three, test)


def test_many_changes_plan_whole_course(three: CourseFolder) -> None:
    copies = [three.add(f"a/{number}.csv", "1\n") for number in range(101)]

    async def test(session: BuildSession) -> None:
        for path in copies:
            path.write_text("2\n")
        three.add("b/b.shout", "of which the system has not told\n")
        _, log = await rebuild(session, three, *copies)
        assert "not early" in log and "built b.shout" in log

    after_first_build(three, test)


def test_saved_copy_delivered(three: CourseFolder) -> None:
    three.add("b/data.csv", "1\n")

    async def test(session: BuildSession) -> None:
        for text in ("2\n", "3\n"):
            report, log = await rebuild(session, three, three.add("b/data.csv", text))
            assert log[-1] == "whole" and three.texts("data.csv") == {text}
            assert {Path(output.path).name for output in report.written()} == {"data.csv"}

    after_first_build(three, test)


def test_list_of_outputs_goes_on(three: CourseFolder) -> None:
    async def test(session: BuildSession) -> None:
        assert session._last is not None and session._last.report is not None
        keep_record(session.options, 0, session._last.report)
        for text in ("edited\n", "edited\n", "again\n"):
            report, _ = await rebuild(session, three, three.add("b/b.shout", text))
            expected = tuple(output.as_data() for output in report.delivered())
            report.delivered = pytest.fail  # it takes long in a large course
            keep_record(session.options, 0, report)
            assert load_last_build(three.spec.parent / ".clm").delivered == expected

    after_first_build(three, test)


def test_failure_elsewhere_reported_again(three: CourseFolder) -> None:
    three.add("c/c.shout", "!error no voice\n")

    async def test(session: BuildSession) -> None:
        report, log = await rebuild(session, three, three.add("b/b.shout", "edited\n"))
        assert log[2:] == ["skipped a.shout", "failed c.shout", "whole"]
        assert not report.is_complete
        report, log = await rebuild(session, three, three.add("c/c.shout", "mended\n"))
        assert log[0] == "built c.shout" and log[-1] == "whole" and report.ok

    after_first_build(three, test)


def test_whole_build_after_error(three: CourseFolder) -> None:
    async def test(session: BuildSession) -> None:
        report = BuildReport()
        assert await session.build_early({three.spec}, lambda found: Events(), report) is None
        # Whoever loads the course finds an error.
        _, log = await rebuild(session, three, three.add("b/b.shout", "edited\n"))
        assert "early" in log

    after_first_build(three, test)


def test_early_job_reported_once(three: CourseFolder) -> None:
    # Equal files of two topics are one output, for which a save of one is not all.
    for name in ("b", "c"):
        three.add(f"{name}/data.csv", "1\n")

    async def test(session: BuildSession) -> None:
        changed = three.add("b/b.shout", "edited\n")
        report, log = await rebuild(session, three, changed)
        written = report.files_written
        assert log == [
            "built b.shout",
            "shown ['b.txt']",
            "early",
            "skipped a.shout",
            "skipped c.shout",
        ]
        assert [job.outcome for job in report.jobs].count(Outcome.BUILT) == 1
        assert len(report.jobs) == 3
        assert report.files_unchanged == 2 * written + 12  # those of the data files, too
        assert {Path(output.path).name for output in report.written()} == {"b.txt"}
        assert three.texts("b.txt") == {"EDITED\n"}

    after_first_build(three, test)


def test_failed_early_job_reported_once(three: CourseFolder) -> None:
    async def test(session: BuildSession) -> None:
        changed = three.add("b/b.shout", "!error no voice\n")
        report, log = await rebuild(session, three, changed)
        assert log.count("failed b.shout") == 1
        assert [job.outcome for job in report.jobs].count(Outcome.FAILED) == 1
        assert len(report.jobs) == 3

    after_first_build(three, test)


def test_new_file_waits_for_plan(three: CourseFolder) -> None:
    async def test(session: BuildSession) -> None:
        report, log = await rebuild(session, three, three.add("b/new.shout", "new\n"))
        assert log[0] == "not early"
        assert report.count(Outcome.BUILT) == 1

    after_first_build(three, test)


def test_filtered_build_waits_for_plan(three: CourseFolder) -> None:
    async def test(session: BuildSession) -> None:
        changed = three.add("b/b.shout", "edited\n")
        session.options = evolve(session.options, filter=BuildFilter(only=("a",)))
        report = BuildReport()
        assert await session.build_early({changed}, lambda found: Events(), report) is None

    after_first_build(three, test)


@pytest.fixture
def gathered(three: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch) -> CourseFolder:
    """The course with a job that gathers all outputs, and one that needs the output of that."""
    add_gather(shout, monkeypatch)
    return three


def test_save_runs_jobs_of_course(gathered: CourseFolder) -> None:
    async def test(session: BuildSession) -> None:
        for name, text in (("b", "edited\n"), ("c", "edited\n"), ("b", "again\n")):
            _, log = await rebuild(session, gathered, gathered.add(f"{name}/{name}.shout", text))
            built = [event for event in log if event.startswith("built")]
            assert built == [f"built {name}.shout", *["built course.yaml"] * 2]
            assert log[:2] == [f"built {name}.shout", f"shown ['{name}.txt']"]
            assert log[-1] == "whole" and f"shown ['again.txt', 'all.txt', '{name}.txt']" in log
        assert gathered.texts("again.txt") == {"A\n" * 2 + "AGAIN\n" * 2 + "EDITED\n" * 2}

    after_first_build(gathered, test)


def test_failed_source_fails_jobs_of_course(gathered: CourseFolder) -> None:
    async def test(session: BuildSession) -> None:
        changed = gathered.add("b/b.shout", "!error no voice\n")
        _, log = await rebuild(session, gathered, changed)
        assert "failed course.yaml" in log
        # What the job of the course was made from before is no longer right.
        report, log = await rebuild(session, gathered, gathered.add("c/c.shout", "edited\n"))
        assert log.count("failed course.yaml") == 2 and not report.is_complete
        report, log = await rebuild(session, gathered, gathered.add("b/b.shout", "mended\n"))
        assert report.ok and "MENDED\nEDITED\n" in next(iter(gathered.texts("again.txt")))

    after_first_build(gathered, test)


def test_lost_result_made_again(gathered: CourseFolder) -> None:
    async def test(session: BuildSession) -> None:
        with sqlite3.connect(gathered.own / "clm_cache.db") as cache:
            for table in ("cached_outputs", "results_cache", "blobs"):
                cache.execute(f"DELETE FROM {table}")
        for text in ("edited\n", "again\n"):
            report, _ = await rebuild(session, gathered, gathered.add("b/b.shout", text))
        assert report.ok and "AGAIN\n" in next(iter(gathered.texts("again.txt")))

    after_first_build(gathered, test)
