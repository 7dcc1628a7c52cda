"""A converter that calls a slow external program, with progress and cancellation."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest
from attrs import define, field
from course_folder import CourseFolder, messages, outcomes, until

from clm.builder import BuildListener, Outcome
from clm.jobs.work import JobProgress

pytestmark = pytest.mark.integration

ENDLESS = "plugins: {fractal: {pixels: 100000}}\n"


@pytest.fixture
def course(course: CourseFolder, install: Callable[..., None]) -> CourseFolder:
    install("fractal")
    course.add("intro/one.shout", "look at the picture\n")
    course.add("intro/apple.fractal", "-0.5 0 3\n")
    return course


@define
class Watcher(BuildListener):
    reported: list[JobProgress] = field(factory=list)

    def job_progressed(self, job_id: str, progress: JobProgress) -> None:
        self.reported.append(progress)


def set_up(course: CourseFolder, more_spec: str) -> None:
    course.more_spec = more_spec
    course.write_spec()


def programs(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children(recursive=True) if _is_program(child)]


def _is_program(process: psutil.Process) -> bool:
    try:
        return any(part.endswith("compute.py") for part in process.cmdline())
    except psutil.Error:
        return False


def test_picture_beside_decks(course: CourseFolder) -> None:
    set_up(course, "plugins: {fractal: {pixels: 8}}\n")
    report = course.build()
    assert report.ok, messages(report)
    pictures = [data for name, data in course.outputs().items() if name.endswith("img/apple.png")]
    assert pictures
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


def test_progress_reported_to_build(course: CourseFolder) -> None:
    set_up(course, "plugins: {fractal: {pixels: 8}}\n")
    watcher = Watcher()
    course.build(watcher, backend="inline")
    assert watcher.reported[-1] == JobProgress(1.0, "computing")


def test_setting_limits_time(course: CourseFolder) -> None:
    set_up(course, "plugins: {fractal: {pixels: 100000, time_limit: 0.5}}\n")
    report = course.build()
    assert outcomes(report)["apple.fractal"] is Outcome.FAILED
    assert "takes too long" in messages(report)


def test_interrupted_build_ends_program(course: CourseFolder) -> None:
    set_up(course, ENDLESS)
    build = course.start()
    until(lambda: programs(psutil.Process(build.process.pid)), "the program's start")
    build.process.terminate()
    build.finish()
    until(lambda: not build.living(), "the program's end")
