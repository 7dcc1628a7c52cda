"""Builds of commands after which nothing has changed: their outputs are known without a plan."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from attrs import frozen
from course_folder import CourseFolder

from clm.builder import BuildListener, BuildOptions
from clm.builder.building import build_for_command
from clm.builder.sessions.session import load_course
from clm.builder.unchanged.clock import Clock
from clm.builds import FinishedBuild
from clm.cli.groups import load_plugins
from clm.course.course import Course
from clm.course.only_kinds import only_kinds


@frozen
class Command:
    """A command that builds the course, and a list of its plans."""

    course: CourseFolder
    plans: list[str]

    @property
    def planned(self) -> int:
        return len(self.plans)

    def build(self, part: Mapping[str, tuple[str, ...]] | None = None) -> FinishedBuild:
        began, plugins = Clock.now(), load_plugins()
        folder = self.course.path / ("part" if part else "output")
        spec = self.course.path / "course.yaml"
        options = BuildOptions(spec_path=spec, output_dir=folder, backend="inline")
        course = load_course(options, plugins)
        if part:
            course = Course.load(only_kinds(course.spec, part), options.data_dir)
        return build_for_command(
            options, plugins, course, BuildListener(), began, repr(part) if part else ""
        )


@pytest.fixture
def command(course: CourseFolder, plans: list[str]) -> Command:
    course.add("a/a.shout", "a\n!warn mind this\n")
    course.add("a/data.csv", "1\n")
    course.add("b/b.shout", "b\n")
    course.write_spec()
    return Command(course, plans)


def plain(build: FinishedBuild) -> tuple[object, ...]:
    outputs = [{**output.as_data(), "written": False} for output in build.outputs]
    info = (build.course, build.folder, build.targets, build.ok, build.complete)
    return (*info, build.problems, outputs)


def test_second_build_plans_nothing(command):
    first = command.build()
    assert command.planned == 1 and len(first.outputs) > 10 and first.problems
    second = command.build()
    assert command.planned == 1
    assert plain(second) == plain(first)
    assert not any(output.written for output in second.outputs)


@pytest.mark.parametrize("what", ["source", "output", "spec", "gone"])
def test_change_is_planned(command, what):
    first = command.build()
    output = first.outputs[0]
    if what == "source":
        command.course.add("a/data.csv", "2\n")
    elif what == "output":
        output.file.write_text("x")
    elif what == "gone":
        output.file.unlink()
    else:
        spec = command.course.path / "course.yaml"
        spec.write_text(spec.read_text() + "\n")
    command.build()
    assert command.planned == 2


def test_other_part_is_planned(command):
    command.build({"a": ("completed",)})
    assert command.build({"a": ("completed",)}) and command.planned == 1
    other = command.build({"a": ()})
    assert command.planned == 2
    assert not any("a.csv" in output.path for output in other.outputs)


def test_damaged_outputs_are_planned(command):
    command.build()
    (file,) = command.course.own.glob("unchanged-course.yaml-*.json")
    file.write_text(file.read_text().replace('"rows": [[', '"rows": [[1, 2], ['))
    command.build()
    assert command.planned == 2
