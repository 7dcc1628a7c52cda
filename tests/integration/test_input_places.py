"""Places in files that a source includes, in the messages of builds and of the test kit."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from course_folder import CourseFolder, Recorder
from one_file_plugin import install_plugin

from clm.plugins import PluginRegistry
from clm.testing.conversions import Converter
from clm.testing.installing import load_only
from clm.testing.samples import Sample

PLUGIN = """
from attrs import field, frozen
from clm import (ConversionError, Diagnostic, FileInput, Format, JobRequest, JobType, OutputSpec,
    Place, Result, Severity, Worker, hookimpl)

@frozen
class Settings:
    style: str = field(default="", metadata={"help": "a file in `templates`"})

@frozen
class Payload:
    style: str

class Converter(Worker):
    def convert(self, payload, job):
        place = Place("parts/x.inc", 3)
        if "bad" in (job.folder / "parts/x.inc").read_text():
            raise ConversionError("it is bad", place=place)
        style = Place(payload.style, 1)
        found = [Diagnostic(text, Severity.WARNING, at) for text, at in (
            ("odd", place), ("old", style), ("own", Place(job.source, 2)), ("none", None))]
        return Result({"out": (job.folder / payload.style).read_bytes()}, found)

def plan(source, context):
    places = tuple(v.directory / f"{source.topic_path.stem}.txt" for v in context.variants)
    styles = [item for item in context.templates if item.name == context.settings.style]
    own = FileInput(source.topic_path.name, source.path, source.digest)
    included = [item for item in context.topic_files if item.name == "parts/x.inc"]
    yield JobRequest(id=f"inc:{source.course_path}", job_type="inc",
        payload=Payload(context.settings.style), source=source.course_path,
        inputs=(own, *included, *styles), outputs=(OutputSpec("out", places),))

@hookimpl
def clm_job_types():
    return [JobType(name="inc", patterns=("*.main",), payload=Payload, plan=plan,
        worker=f"{__name__}:Converter", fingerprint=lambda: "1", formats=(Format("inc", "Inc"),))]

@hookimpl
def clm_settings():
    return Settings
"""
TOPIC = "slides/module_100_tests/topic_100_intro"
FILES = {"intro/a.main": "main\n", "intro/parts/x.inc": "good\n", "templates/s/a.css": "style\n"}
WARNED = {f"{TOPIC}/parts/x.inc:3: odd", "templates/s/a.css:1: old", f"{TOPIC}/a.main:2: own"}


@pytest.fixture(autouse=True)
def plugin(tmp_path: Path, shout: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    install_plugin(shout, "inc", PLUGIN)
    load_only(monkeypatch, ["inc"])
    yield
    sys.modules.pop("inc_module", None)


def said(texts: set[str]) -> set[str]:
    return {text for text in texts if "none" not in text}


def test_build_names_included_file(course: CourseFolder) -> None:
    course.settings = {"inc": {"style": "s/a.css"}}
    for name, text in FILES.items():
        course.add(name, text)
    for _ in range(2):  # the second time, messages come from the record
        report = course.build(Recorder(), backend="inline")
        assert said({str(d) for job in report.jobs for d in job.diagnostics}) == WARNED

    course.add("intro/parts/x.inc", "bad\n")
    report = course.build(Recorder(), backend="inline")
    (job,) = report.jobs
    assert str(job.diagnostics[0]) == f"{TOPIC}/parts/x.inc:3: it is bad"


def test_kit_names_included_file(tmp_path: Path) -> None:
    converter = Converter(tmp_path / "kit", PluginRegistry.load())
    (done,) = converter.convert(Sample(FILES, {"style": "s/a.css"}), "inc")
    converter.close()
    assert done.outputs == {"out": b"style\n"}
    assert said({str(diagnostic) for diagnostic in done.diagnostics}) == WARNED
