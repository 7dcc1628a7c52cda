"""Validations after which nothing has changed: nothing is planned or checked again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import frozen
from course_folder import CourseFolder

from clm.builder.validation.course import Validation, validate_course
from clm.installed.kept import read_json, write_json
from clm.plugins import PluginRegistry


@frozen
class Validations:
    """A course with validations that tell whether they planned anything."""

    course: CourseFolder
    plans: list[str]

    def validate(self) -> tuple[Validation, bool]:
        """What is found, and whether the course was planned."""
        del self.plans[:]
        found = validate_course(self.course.spec, PluginRegistry.load())
        return found, bool(self.plans)


@pytest.fixture
def validations(course: CourseFolder, plans: list[str]) -> Validations:
    course.add("a/a.shout", "a\n")
    course.add("a/data.csv", "1\n")
    # Its topic is unused, which is a warning.
    course.path_of("b/b.shout").parent.mkdir()
    course.path_of("b/b.shout").write_text("b\n")
    course.own.mkdir(exist_ok=True)
    return Validations(course, plans)


def test_second_validation_plans_nothing(validations: Validations) -> None:
    first, planned = validations.validate()
    assert planned and "not in any section" in str(first.diagnostics[0].message)
    second, planned = validations.validate()
    assert not planned and second == first


def other_spec(course: CourseFolder) -> None:
    (course.path / "other.yaml").write_text(course.spec.read_text().replace("[a]", "[b]"))


CHANGES: dict[str, Callable[[CourseFolder], object]] = {
    "edit": lambda course: course.add("a/a.shout", "edited\n"),
    "data": lambda course: course.add("a/data.csv", "2\n"),
    "new file": lambda course: course.path_of("a/new.shout").write_text("n"),
    "removed file": lambda course: course.remove("a/data.csv"),
    "new topic": lambda course: course.path_of("c/x").parent.mkdir(),
    "templates": lambda course: (course.path / "templates").mkdir(),
    "spec": lambda course: course.spec.write_text(course.spec.read_text() + "author: Ada\n"),
    "other spec": other_spec,
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_is_validated(validations: Validations, change: str) -> None:
    validations.validate()
    CHANGES[change](validations.course)
    _, planned = validations.validate()
    assert planned


def test_edit_of_other_spec_is_validated(validations: Validations) -> None:
    other_spec(validations.course)
    assert validations.validate()[0].diagnostics == ()
    (validations.course.path / "other.yaml").write_text(validations.course.spec.read_text())
    assert "not in any section" in str(validations.validate()[0].diagnostics)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a/a.shout", id="failing source"),
        pytest.param("spec", id="missing topic"),
    ],
)
def test_failures_are_looked_for_again(validations: Validations, text: str) -> None:
    if text == "spec":
        spec = validations.course.spec
        spec.write_text(spec.read_text().replace("[a]", "[a, nowhere]"))
    else:
        validations.course.add(text, "!cannot-plan\n")
    for _ in range(2):
        found, planned = validations.validate()
        assert planned and found.diagnostics


def test_link_out_of_course_not_kept(validations: Validations, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("1")
    validations.course.path_of("a/link.csv").symlink_to(outside)
    for _ in range(2):
        found, planned = validations.validate()
        assert planned and "leads out" in str(found.diagnostics)


def test_nothing_kept_without_own_folder(validations: Validations) -> None:
    validations.course.own.rmdir()
    for _ in range(2):
        assert validations.validate()[1]
    assert not validations.course.own.exists()


@pytest.mark.parametrize("part", ["found", "sources", "specs", "outputs", "data_dir"])
@pytest.mark.parametrize("value", [None, [1], {"a": 1}, ["\0"]])
def test_damaged_findings_are_ignored(validations: Validations, part: str, value: object) -> None:
    first, _ = validations.validate()
    file = validations.course.own / "findings-course.yaml.json"
    write_json(file, read_json(file) | {part: value})
    again, planned = validations.validate()
    assert planned and again == first


def test_broken_link_not_kept(validations: Validations) -> None:
    validations.course.path_of("a/link.csv").symlink_to("nowhere.csv")
    for _ in range(2):
        found, planned = validations.validate()
        assert planned and "broken link" in str(found.diagnostics)
