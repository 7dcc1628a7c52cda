"""Commands of plugins that ask for the course and what is up to date of its outputs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from building import full
from clm_program import run_clm
from course_folder import CourseFolder
from one_file_plugin import install_plugin

from clm.testing.installing import load_only

pytestmark = pytest.mark.integration

PLUGIN = """
from attrs import field, frozen
from clm import hookimpl

@frozen
class Settings:
    mark: str = field(default="", metadata={"help": "a mark"})

@hookimpl
def clm_settings():
    return Settings

@hookimpl
def clm_commands(cli):
    from clm.commands import course_options, write_json

    @cli.command("look")
    @course_options("look")
    def look(course):
        build = course.finished_build()
        write_json(
            mark=course.settings.mark,
            name=course.info.name["en"],
            ok=build.ok,
            problems=[problem.message for problem in build.problems],
            outputs={output.path: output.written for output in build.outputs},
        )
"""


@pytest.fixture
def course(course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch) -> CourseFolder:
    install_plugin(shout, "look", PLUGIN)
    load_only(monkeypatch, ["shout", "look"])
    course.settings = {"look": {"mark": "!"}}
    course.backend = "inline"
    return full(course)


def look(course: CourseFolder, *arguments: str) -> dict:
    done = run_clm("look", *arguments, cwd=course.path)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_command_sees_finished_build(course):
    course.build()
    before = course.mtimes(course.path)
    seen = look(course)
    assert (seen["mark"], seen["name"], seen["ok"]) == ("!", "Course", True)
    assert seen["outputs"] == dict.fromkeys(sorted(course.outputs()), True)
    assert course.mtimes(course.path) == before


def test_written_by_last_build_only(course):
    course.build()
    course.add("loops/two.shout", "changed")
    course.build()
    written = {path for path, of_last in look(course)["outputs"].items() if of_last}
    assert written and all(path.endswith("two.txt") for path in written)


def test_unbuilt_course_has_no_outputs(course):
    seen = look(course, str(course.spec))
    assert (seen["ok"], seen["outputs"]) == (False, {})
    assert not course.own.exists()


@pytest.mark.parametrize("name", ["two.txt", "data.csv"])
def test_modified_output_not_up_to_date(course, name):
    course.build()
    path = next(path for path in course.outputs() if path.endswith(name))
    (course.path / "output" / path).write_text("by hand")
    seen = look(course)
    assert not seen["ok"]
    assert path not in seen["outputs"]


def test_failing_source_not_up_to_date(course):
    course.build()
    course.add("loops/two.shout", "!cannot-plan\n")
    seen = look(course)
    assert not seen["ok"]
    assert any("cannot be planned" in message for message in seen["problems"])
    assert not any(path.endswith("two.txt") for path in seen["outputs"])


def test_other_output_folder(course, tmp_path):
    course.build(output_dir=tmp_path / "there")
    assert not look(course)["ok"]
    assert look(course, "--output-dir", str(tmp_path / "there"))["ok"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [("nowhere.yaml", "course spec not found"), ("wrong.yaml", "has no setting 'marc'")],
)
def test_unusable_course_is_wrong_usage(course, spec, message):
    text = course.spec.read_text(encoding="utf-8").replace('"mark"', '"marc"')
    (course.path / "wrong.yaml").write_text(text, encoding="utf-8")
    done = run_clm("look", spec, cwd=course.path)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_outputs_listed_by_core(course):
    course.build()
    done = run_clm("list", "--outputs", cwd=course.path)
    assert done.stdout.splitlines() == sorted(course.outputs())
    listed = json.loads(run_clm("list", "--outputs", "--json", cwd=course.path).stdout)
    assert (listed["ok"], len(listed["outputs"])) == (True, len(course.outputs()))
    course.add("loops/two.shout", "changed")
    assert "not up to date" in run_clm("list", "--outputs", cwd=course.path).stderr
