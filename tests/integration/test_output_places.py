"""The folders of the outputs, as named at the end of a build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from course_folder import CourseFolder
from operating import Clm

from clm.builder.outcome.last_build import load_last_build

pytestmark = pytest.mark.integration

TARGETS = (
    "[{name: students, path: output/students, kinds: [completed]},"
    " {path: staff/week}, {name: more, path: staff/week, kinds: [partial]}]"
)


@pytest.fixture
def course(course: CourseFolder) -> CourseFolder:
    course.add("intro/one.shout", "one\n")
    return course


def with_targets(course: CourseFolder) -> None:
    course.output_targets = TARGETS
    course.write_spec()


def ending(clm: Clm, *arguments: object) -> str:
    result = clm("build", *arguments)
    assert result.returncode == 0, result.stderr
    return str(result.stdout.splitlines()[-1].strip())


def test_default_folder_named(course: CourseFolder, clm: Clm) -> None:
    assert ending(clm) == "outputs: output"
    assert ending(clm) == "outputs: output"


def test_chosen_folder_named(course: CourseFolder, clm: Clm, tmp_path: Path) -> None:
    assert ending(clm, "-o", "my outputs") == "outputs: my outputs"
    assert ending(clm, "-o", tmp_path / "out") == f"outputs: {tmp_path / 'out'}"


def test_folder_of_each_target_named(course: CourseFolder, clm: Clm) -> None:
    with_targets(course)

    assert ending(clm) == "outputs: output/students, staff/week"
    assert ending(clm, "--targets", "students") == "outputs: output/students"
    assert ending(clm, "-o", "x") == "outputs: x/output/students, x/staff/week"


def test_missing_folder_not_named(course: CourseFolder, clm: Clm) -> None:
    course.add("intro/one.shout", "!error no\n")

    assert "outputs:" not in clm("build").stdout
    assert "outputs:" not in clm("build", "--dry-run").stdout


def test_folders_in_json_and_record(course: CourseFolder, clm: Clm) -> None:
    with_targets(course)
    expected = [
        {"target": "students", "folder": str(course.path / "output" / "students")},
        {"target": "staff/week", "folder": str(course.path / "staff" / "week")},
    ]

    summary = json.loads(clm("build", "--json").stdout.splitlines()[-1])

    assert summary["outputs"] == expected
    recorded = load_last_build(course.own).outputs
    assert [{"target": p.target, "folder": p.folder} for p in recorded] == expected
    assert f"<code>{expected[0]['folder']}</code>" in clm("report", "-o", "-").stdout
