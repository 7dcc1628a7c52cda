"""Locations of courses, outputs and databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from building import full
from course_folder import CourseFolder, messages, outcomes

from clm.builder import Outcome
from clm.builder.validation.course import validate_course
from clm.errors import OutputError, Severity, SpecError, UnknownBackendError, UsageError
from clm.plugins import PluginRegistry

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("name", ["build", "out", "dist", "bin", "target", "a b/ü"])
def test_course_builds_in_any_folder(new_course: Callable[[str], CourseFolder], name: str) -> None:
    course = new_course(f"{name}/course")
    course.add("intro/data.csv", "1")
    course.add("intro/one.shout", "x")

    report = course.build(backend="inline")

    assert report.ok
    assert course.texts("one.txt") == {"X"}
    assert course.texts("data.csv") == {"1"}


def test_outputs_in_chosen_folder(course: CourseFolder, tmp_path: Path) -> None:
    course.add("intro/one.shout", "x")

    course.build(output_dir=tmp_path / "elsewhere" / "deep")

    assert len(course.outputs(tmp_path / "elsewhere" / "deep")) == 6
    assert not (course.path / "output").exists()


def test_databases_in_chosen_folder(course: CourseFolder, tmp_path: Path) -> None:
    course.add("intro/one.shout", "x")

    course.build(db_path=tmp_path / "db" / "my_jobs.db")

    assert {p.name for p in (tmp_path / "db").iterdir() if p.suffix == ".db"} == {
        "my_jobs.db",
        "my_cache.db",
        "my_outputs.db",
    }
    assert list(course.own.glob("*.db")) == []


@pytest.mark.parametrize(
    "below", ["slides", "slides/module_100_tests/topic_100_intro", "templates"]
)
def test_output_dir_among_sources_refused(course: CourseFolder, below: str) -> None:
    course.add("intro/one.shout", "x")

    with pytest.raises(UsageError, match="is inside the course's folder"):
        course.build(output_dir=course.path / below / "output")

    assert not course.own.exists()


def link_to_sources(course: CourseFolder) -> None:
    (course.path / "output").mkdir()
    (course.path / "output" / "students").symlink_to(course.path / "slides" / "module_100_tests")


@pytest.mark.parametrize(
    ("more_spec", "prepare", "what"),
    [
        ("dir-groups: [{name: Data, path: data}]", None, "dir-group 'data'"),
        ("dir-groups: [{name: Data, path: ., subdirs: [data]}]", None, "dir-group 'data'"),
        ("output-targets: [{path: output/students}]", link_to_sources, "folder 'slides'"),
    ],
)
def test_outputs_among_sources_refused(
    course: CourseFolder,
    more_spec: str,
    prepare: Callable[[CourseFolder], None] | None,
    what: str,
) -> None:
    targets = "" if prepare else "output-targets: [{path: data/students}]"
    course.more_spec = f"{more_spec}\n{targets}\n"
    course.add("intro/one.shout", "x")
    (course.path / "data").mkdir()
    if prepare:
        prepare(course)

    with pytest.raises(SpecError, match=f"inside the course's {what}|inside the {what}"):
        course.build()

    problems = validate_course(course.spec, PluginRegistry.load()).diagnostics
    assert any("read as sources" in problem.message for problem in problems)
    assert not course.own.exists()


def test_output_in_group_of_root_files(course: CourseFolder) -> None:
    course.more_spec = (
        "dir-groups: [{name: Data, path: data, recursive: false, include-root-files: true}]\n"
        "output-targets: [{path: data/students}]\n"
    )
    course.add("intro/one.shout", "x")
    (course.path / "data").mkdir()
    (course.path / "data" / "read.me").write_text("read me")

    for _ in range(2):
        assert course.build(backend="inline").ok

    root = course.path / "data" / "students" / "En" / "Course"
    assert [path.name for path in (root / "Data").iterdir()] == ["read.me"]


def test_output_folder_blocked_by_file(
    course: CourseFolder,
) -> None:
    full(course)
    (course.path / "output").write_text("in the way")

    report = course.build(backend="inline")

    assert not report.ok
    assert set(outcomes(report).values()) == {Outcome.FAILED}
    for job in report.jobs:
        (error,) = (d for d in job.diagnostics if d.severity is Severity.ERROR)
        assert "cannot be written" in error.message
    assert (course.path / "output").read_text() == "in the way"


def test_clm_folder_blocked_by_file(course: CourseFolder) -> None:
    course.add("intro/one.shout", "x")
    course.own.write_text("in the way")

    with pytest.raises(OutputError, match=r"cannot create the folder .* for CLM's files"):
        course.build()


def test_too_long_name_fails_alone(course: CourseFolder) -> None:
    long = "n" * 251
    course.add(f"intro/{long}.gen", "x")  # with the suffix .made the name is too long by one
    course.add("loops/one.shout", "x")

    report = course.build(backend="inline")

    assert outcomes(report) == {f"{long}.gen": Outcome.FAILED, "one.shout": Outcome.BUILT}
    assert "File name too long" in messages(report)


def test_unknown_backend_is_usage_error(course: CourseFolder) -> None:
    course.add("intro/one.shout", "x")

    with pytest.raises(UnknownBackendError, match="'rabbit'"):
        course.build(backend="rabbit")

    assert not course.own.exists()
