"""Plugins of a course itself, which its spec names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from clm_program import CLM
from course_folder import CourseFolder, messages, outcomes

from clm.builder import Outcome

pytestmark = pytest.mark.integration

LOUD = """
from attrs import field, frozen
from clm import FileInput, Format, JobRequest, JobType, OutputSpec, Result, Worker, hookimpl

@frozen
class Payload:
    name: str
    mark: str

@frozen
class Settings:
    mark: str = field(default="!", metadata={"help": "the mark at the end"})

def plan(source, context):
    name = source.topic_path.name
    places = tuple(v.directory / f"{source.topic_path.stem}.txt" for v in context.variants)
    yield JobRequest(f"loud:{source.course_path}", "loud", Payload(name, context.settings.mark),
        source.course_path, (FileInput(name, source.path, source.digest),),
        (OutputSpec("text", places),))

class LoudWorker(Worker):
    def convert(self, payload, job):
        text = (job.folder / payload.name).read_text().upper() + payload.mark
        return Result({"text": text.encode()})

@hookimpl
def clm_job_types():
    return [JobType("loud", ("*.loud",), Payload, f"{__name__}:LoudWorker", lambda: "1",
        plan=plan, formats=(Format("text", "Text"),))]

@hookimpl
def clm_settings():
    return Settings
"""
TRAP = "from pathlib import Path\nPath(__file__).with_name('trapped').touch()\n"


@pytest.fixture
def course(course: CourseFolder, monkeypatch: pytest.MonkeyPatch) -> CourseFolder:
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,local-plugins")
    plugin(course, "loud.py", LOUD)
    course.add("intro/one.loud", "hello")
    course.more_spec = "local-plugins: [plugins/loud.py]\n"
    course.write_spec()
    return course


def run(course: CourseFolder, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CLM, *arguments], cwd=course.path, capture_output=True, text=True, check=False
    )


def plugin(course: CourseFolder, name: str, text: str) -> Path:
    path = course.path / "plugins" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("backend", ["inline", "sqlite"])
def test_course_built_with_own_plugin(course: CourseFolder, backend: str) -> None:
    course.more_spec += "plugins: {loud: {mark: '?'}}\n"
    course.write_spec()
    report = course.build(backend=backend)
    assert (report.ok, messages(report)) == (True, "")
    assert course.texts("one.txt") == {"HELLO?"}


def test_edited_plugin_runs_again(course: CourseFolder) -> None:
    course.build(backend="inline")
    assert set(outcomes(course.build(backend="inline")).values()) == {Outcome.SKIPPED}
    plugin(course, "loud.py", LOUD.replace(".upper()", ".title()"))
    assert outcomes(course.build(backend="inline")) == {"one.loud": Outcome.BUILT}
    assert course.texts("one.txt") == {"Hello!"}


def test_moved_course_runs_nothing(course: CourseFolder, tmp_path: Path) -> None:
    course.build(backend="inline")
    moved = course.path.rename(tmp_path / "moved")
    course.path = moved
    assert set(outcomes(course.build(backend="inline")).values()) <= {
        Outcome.SKIPPED,
        Outcome.CACHED,
    }


def test_package_with_own_modules(course: CourseFolder) -> None:
    (course.path / "plugins" / "loud.py").unlink()
    worker = LOUD.index("class LoudWorker")
    hooks = LOUD.index("@hookimpl")
    plugin(course, "loud/__init__.py", LOUD[:worker] + LOUD[hooks:].replace(
        '{__name__}:Loud', '{__name__}.work:Loud'
    ))  # fmt: skip
    plugin(course, "loud/work.py", "from clm import Result, Worker\n\n" + LOUD[worker:hooks])
    course.more_spec = "local-plugins: [plugins/loud]\n"
    course.write_spec()
    report = course.build()
    assert (report.ok, messages(report)) == (True, "")
    assert course.texts("one.txt") == {"HELLO!"}


def test_unnamed_plugin_never_loaded(course: CourseFolder) -> None:
    trap = plugin(course, "trap.py", TRAP)
    course.build(backend="inline")
    for command in (("validate", "course.yaml"), ("doctor",), ("plugins", "check")):
        run(course, *command)
    assert not trap.with_name("trapped").exists()


def test_broken_plugin_affects_only_its_files(course: CourseFolder) -> None:
    plugin(course, "loud.py", "1 / 0")
    course.add("intro/two.shout", "hello\n")
    text = messages(course.build(backend="inline"))
    assert "plugin 'loud' of plugins/loud.py" in text
    assert "ZeroDivisionError" in text
    assert "or remove it from `local-plugins`" in text
    assert course.texts("two.txt") == {"HELLO\n"}
    assert not course.texts("one.loud")


def test_plugins_blocked_together(course: CourseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = plugin(course, "loud.py", TRAP)
    monkeypatch.setenv("CLM_BLOCK_PLUGINS", "local-plugins")
    course.build(backend="inline")
    assert not trap.with_name("trapped").exists()


def test_extension_of_decks_in_workers(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "notebook,local-plugins")
    plugin(
        course,
        "house.py",
        "from attrs import evolve\n"
        "from clm import hookimpl\n"
        "from clm_plugin_notebook.api import CellTransform\n"
        "def upper(cells, info):\n"
        "    return [evolve(cell, source=cell.source.upper()) for cell in cells]\n"
        "@hookimpl\n"
        "def clm_notebook_cell_transforms():\n"
        "    return [CellTransform('upper', f'{__name__}:upper', '1')]\n",
    )
    course.remove("intro/one.loud")
    course.add("intro/slides_a.py", "# %% [markdown]\n# hello\n")
    course.more_spec = (
        "local-plugins: [plugins/house.py]\n"
        "plugins: {notebook: {extensions: [house], evaluate: false}}\n"
    )
    course.write_spec()
    report = course.build()
    assert messages(report) == ""
    assert all("HELLO" in text for text in course.texts("slides_a.html"))


def test_loaded_before_validation(course: CourseFolder) -> None:
    done = run(course, "validate", "course.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no problems found" in done.stdout


COMMANDS = """
import click
from clm import BackendType
from clm.backends.api import InProcessRunner, ThreadedBackend
from clm.commands import course_options, echo

class Backend(ThreadedBackend):
    def new_runner(self):
        return InProcessRunner(self.context)

@hookimpl
def clm_backends():
    return [BackendType("own", "runs jobs here", f"{__name__}:Backend")]

@hookimpl
def clm_commands(cli):
    @cli.command("count")
    @course_options("loud")
    def count(course):
        "Count the outputs."
        echo(f"{len(course.finished_build().outputs)} {course.settings.mark}")
"""


def test_command_of_course_found(course: CourseFolder) -> None:
    plugin(course, "loud.py", LOUD + COMMANDS)
    course.build(backend="inline")
    here = run(course, "count")
    assert (here.returncode, here.stdout) == (0, "6 !\n")
    assert "count" in run(course, "plugins", "info", "loud").stdout
    elsewhere = subprocess.run(
        [*CLM, "count"], cwd=course.path.parent, capture_output=True, text=True
    )
    assert elsewhere.returncode == 2 and "unknown command 'count'" in elsewhere.stderr


def test_backend_of_course_used(course: CourseFolder) -> None:
    plugin(course, "loud.py", LOUD + COMMANDS)
    done = run(course, "build", "--backend", "own")
    assert done.returncode == 0, done.stderr
    assert course.texts("one.txt") == {"HELLO!"}


def test_plugin_of_course_listed(course: CourseFolder) -> None:
    assert "plugins/loud.py" in run(course, "plugins", "list").stdout
    assert "no problems" in run(course, "plugins", "check").stdout
    plugin(course, "loud.py", "raise ValueError('no')")
    checked = run(course, "plugins", "check")
    assert checked.returncode == 1 and "plugins/loud.py" in checked.stderr
    assert "ValueError: no" in run(course, "count").stderr


def test_help_loads_no_plugin_of_course(course: CourseFolder) -> None:
    path = plugin(course, "loud.py", TRAP)
    for arguments in (["--help"], ["build", "--help"], ["list"], ["--version"]):
        assert run(course, *arguments).returncode == 0
    assert not path.with_name("trapped").exists()
    run(course, "mistyped")
    assert path.with_name("trapped").exists()


def test_unreadable_spec_is_warning(course: CourseFolder) -> None:
    course.spec.write_text("local-plugins: [", encoding="utf-8")
    listed = run(course, "plugins", "list")
    assert listed.returncode == 0 and "shout" in listed.stdout
    assert "warning" in listed.stderr and "course.yaml" in listed.stderr
