"""Courses of short texts that are published in this process, at a time that the test sets.

A file `*.lesson` has a line `KIND: text` for each kind that shows it; `all:` is for every kind.
Each folder of outputs has a list `contents.txt` of the lessons in it.
"""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import define

from clm.builder import BuildOptions
from clm.builder.outcome.finished import course_info
from clm.builder.planning.plugins.settings import settings_of
from clm.builder.sessions.session import load_course
from clm.builder.unchanged.clock import Clock
from clm.cli.groups import load_plugins
from clm.commands import OpenCourse
from clm.testing.course_project import files_below
from clm_plugin_publish import running
from clm_plugin_publish.dates import moment

RECORD = ".clm-published.json"
MARK = re.compile(rb"xq[a-z0-9]+qx")
PLUGIN = """
from attrs import frozen
from clm import FileInput, Format, JobRequest, JobType, OutputSpec, Result, Worker, hookimpl

@frozen
class Payload:
    name: str
    language: str
    kind: str

@frozen
class Titles:
    titles: tuple[str, ...]

class Teacher(Worker):
    def convert(self, payload, job):
        lines = (job.folder / payload.name).read_text().splitlines()
        shown = [line.partition(": ")[2] for line in lines
                 if line.startswith(("all:", payload.kind + ":"))]
        text = "\\n".join([payload.language, *shown, ""])
        return Result({name: text.encode() for name in job.outputs})

class Lister(Worker):
    def convert(self, payload, job):
        text = "\\n".join([*payload.titles, ""])
        return Result({name: text.encode() for name in job.outputs})

def plan(source, context):
    name = source.topic_path.name
    for v in context.variants:
        place = v.directory / f"{context.number:02} {source.topic_path.stem}.txt"
        yield JobRequest(
            id=f"lesson:{source.course_path}:{v.directory}", job_type="lesson",
            payload=Payload(name, v.language, v.kind), source=source.course_path,
            inputs=(FileInput(name, source.path, source.digest),),
            outputs=(OutputSpec("text", (place,), title=source.topic_path.stem),),
        )

def plan_course(sources, context):
    roots = {}
    for output in context.outputs:
        if output.job_type == "lesson":
            path = output.path.relative_to(output.variant.root)
            roots.setdefault(output.variant.root, []).append(str(path))
    for root, paths in roots.items():
        yield JobRequest(
            id=f"contents:{root}", job_type="contents", payload=Titles(tuple(sorted(paths))),
            source=context.spec, outputs=(OutputSpec("text", (root / "contents.txt",)),),
        )

@hookimpl
def clm_job_types():
    worker = "lessons_module"
    return [
        JobType("lesson", ("*.lesson",), Payload, f"{worker}:Teacher", lambda: "1", plan=plan,
                formats=(Format("text", "Text"),), numbered=True),
        JobType("contents", (), Titles, f"{worker}:Lister", lambda: "1", plan_course=plan_course),
    ]
"""


@define
class Term:
    """A course with a clock: `now` is a date or a time in the time zone of the course."""

    path: Path
    now: str = "2027-03-01"
    plugins: Any = None

    @property
    def parent(self) -> Path:
        return self.path.parent

    def write(self, topic: str, text: str, **files: str) -> None:
        """Write the lesson of a topic and its other files."""
        folder = self.path / "slides" / "module_1_m" / f"topic_1_{topic}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{topic}.lesson").write_text(text)
        for name, content in files.items():
            (folder / name.replace("__", ".")).write_text(content)

    def lesson(self, topic: str, revision: int = 0) -> None:
        """Write a lesson of marks: tasks for all, solutions, and notes of the speaker."""
        mark = f"{topic}{revision or ''}"
        self.write(
            topic,
            f"all: xqt{mark}qx\ncompleted: xqs{mark}qx\nspeaker: xqspeaker{mark}qx\n",
            **{f"{topic}__csv": f"xqd{mark}qx"},
        )

    def course(self) -> OpenCourse:
        options = BuildOptions(spec_path=self.path / "course.yaml", backend="inline")
        self.plugins = self.plugins or load_plugins()
        began, course = Clock.now(), load_course(options, self.plugins)
        settings, info = settings_of(course, self.plugins, "publish"), course_info(course)
        return OpenCourse(info, settings, options, self.plugins, course, "publish", began)

    def publish(self, name: str = "", **options: Any) -> list[dict[str, Any]]:
        """Publish, and return what changed."""
        course = self.course()
        now = moment(self.now, course.settings.time_zone)
        return running.publish(course, name, running.Options(**options), now)

    def changed(self, name: str = "", **options: Any) -> set[str]:
        """Publish, and return the destinations that were changed."""
        done = self.publish(name, **options)
        return {entry["destination"] for entry in done if entry["published"]}


def contents(folder: Path) -> dict[str, bytes]:
    """The published files of a folder by path."""
    if not folder.exists():
        return {}
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in files_below(folder)}
    found.pop(RECORD, None)
    return found


def contents_of_zip(file: Path) -> dict[str, bytes]:
    if not file.exists():
        return {}
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def contents_of_branch(remote: Path, branch: str = "gh-pages") -> dict[str, bytes]:
    git = ["git", "-C", str(remote)]
    listed = subprocess.run([*git, "ls-tree", "-r", "-z", branch], capture_output=True, timeout=60)
    found = {}
    for line in filter(None, listed.stdout.split(b"\0")):
        about, _, path = line.partition(b"\t")
        found[path.decode()] = about.split()[2]
    ids = b"".join(blob + b"\n" for blob in found.values())
    out = subprocess.run(
        [*git, "cat-file", "--batch"], input=ids, capture_output=True, timeout=60
    ).stdout
    return dict(_batched(found, out))


def _batched(paths: dict[str, bytes], out: bytes) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        head, _, out = out.partition(b"\n")
        size = int(head.split()[2])
        yield path, out[:size]
        out = out[size + 1 :]


def marks(data: object) -> set[str]:
    """The marks in bytes, texts, or in names and contents of files."""
    if isinstance(data, dict):
        return set().union(*(marks(name) | marks(text) for name, text in data.items()))
    raw = data if isinstance(data, bytes) else str(data).encode()
    return {found.decode()[2:-2] for found in MARK.findall(raw)}


def marks_in_history(remote: Path) -> set[str]:
    """All marks in any object of a repository, reachable or not, and in names."""
    listed = ["git", "-C", str(remote), "cat-file", "--batch-all-objects", "--batch"]
    return marks(subprocess.run(listed, capture_output=True, check=True, timeout=60).stdout)
