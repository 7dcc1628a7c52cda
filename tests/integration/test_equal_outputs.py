"""Outputs of two jobs for one place: one output if their bytes are equal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from course_folder import CourseFolder, messages
from one_file_plugin import install_plugin

from clm.testing.installing import load_only

PLUGIN = """
from attrs import frozen
from clm import FileInput, Format, JobRequest, JobType, OutputSpec, Result, Worker, hookimpl

@frozen
class Payload:
    name: str

class Style(Worker):
    def convert(self, payload, job):
        return Result({"css": (job.folder / payload.name).read_bytes().split()[0]})

def plan(source, context):
    name = source.topic_path.name
    places = tuple({v.root / "style.css": None for v in context.variants})
    yield JobRequest(f"style:{source.course_path}", "style", Payload(name), source.course_path,
        inputs=(FileInput(name, source.path, source.digest),), outputs=(OutputSpec("css", places),))

@hookimpl
def clm_job_types():
    return [JobType("style", ("*.style",), Payload, f"{__name__}:Style", lambda: "1", plan=plan,
        formats=(Format("style", "Style"),))]
"""


@pytest.fixture
def course(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CourseFolder]:
    load_only(monkeypatch, ["shout", "style"])
    install_plugin(shout, "style", PLUGIN)
    course.backend = "inline"
    course.add("intro/one.style", "red first")
    yield course
    sys.modules.pop("style_module", None)


def test_equal_bytes_are_one_output(course: CourseFolder) -> None:
    course.add("intro/two.style", "red second")

    report = course.build()

    assert report.ok, messages(report)
    assert course.texts("style.css") == {"red"}


def test_different_bytes_are_error(course: CourseFolder) -> None:
    course.add("intro/two.style", "blue")

    report = course.build()

    assert not report.ok
    assert "is already written from" in messages(report)
    assert course.texts("style.css") == {"red"}
