"""Output trees that a course has had before: removal of what CLM wrote there, and only of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from course_folder import CourseFolder, messages

from clm.builder import BuildReport
from clm.builder.options import BuildFilter

pytestmark = pytest.mark.integration

STUDENTS = "[{name: students, path: output/students, kinds: [code-along]}]"
BOTH = (
    "[{name: students, path: output/students, kinds: [code-along]},"
    " {name: staff, path: staff, kinds: [completed, speaker]}]"
)


@pytest.fixture
def course(course: CourseFolder) -> CourseFolder:
    course.add("intro/one.shout", "one\n")
    course.add("intro/data.csv", "1\n")
    return course


def build(course: CourseFolder, targets: str | None = None, **options: Any) -> BuildReport:
    if targets is not None:
        course.output_targets = targets
        course.write_spec()
    report = course.build(backend="inline", **options)
    assert report.ok, messages(report)
    return report


def trees(course: CourseFolder) -> set[str]:
    """The folders of the course, except for its sources."""
    return {path.name for path in course.path.iterdir() if path.is_dir()} - {"slides", ".clm"}


def clean(course: CourseFolder, tmp_path: Path) -> dict[str, bytes]:
    """All outputs of a build of the same course in a new folder."""
    fresh = CourseFolder(tmp_path / "fresh", output_targets=course.output_targets)
    fresh.add("intro/one.shout", "one\n")
    fresh.add("intro/data.csv", "1\n")
    build(fresh)
    return all_outputs(fresh)


def all_outputs(course: CourseFolder) -> dict[str, bytes]:
    return {
        f"{tree}/{path}": data
        for tree in trees(course)
        for path, data in course.outputs(course.path / tree).items()
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", STUDENTS, id="targets-added"),
        pytest.param(BOTH, "", id="targets-removed"),
        pytest.param("", "[{path: output/public}]", id="target-in-default-tree"),
        pytest.param("[{path: output/public}]", "", id="default-tree-in-target"),
        pytest.param("", "[{path: output}]", id="target-above-default-tree"),
        pytest.param(BOTH, STUDENTS, id="target-removed"),
        pytest.param(BOTH, BOTH.replace("path: staff", "path: output/staff"), id="path-changed"),
        pytest.param(BOTH, BOTH.replace("name: staff", "name: all"), id="target-renamed"),
        pytest.param(
            BOTH, BOTH.replace("path: staff", "path: staff, languages: [en]"), id="language-removed"
        ),
        pytest.param(BOTH, BOTH.replace("completed, ", ""), id="kind-removed"),
    ],
)
def test_outputs_are_those_of_new_course(
    course: CourseFolder, tmp_path: Path, before: str, after: str
) -> None:
    build(course, before)

    report = build(course, after)

    assert messages(report) == ""
    assert all_outputs(course) == clean(course, tmp_path)
    assert not [
        path
        for path in course.path.rglob("*")
        if path.is_dir() and not any(path.iterdir()) and ".clm" not in path.parts
    ]


def test_change_and_back_writes_nothing_wrong(course: CourseFolder, tmp_path: Path) -> None:
    for targets in ("", STUDENTS, "", BOTH, ""):
        build(course, targets)

    assert all_outputs(course) == clean(course, tmp_path)
    assert build(course).files_written == 0


def test_changed_data_of_shared_tree_written(course: CourseFolder) -> None:
    build(course, "")
    course.add("intro/data.csv", "2\n")

    build(course, "[{path: output/public}]")  # without `force`

    assert course.texts("data.csv") == {"2\n"}


def test_modified_and_foreign_files_reported(course: CourseFolder) -> None:
    build(course, "")
    week = course.path / "output/public/De/Kurs/Folien/Text/Completed/Woche"
    (week / "one.txt").write_text("mine")
    (week / "notes.txt").write_text("mine, too")

    report = build(course, STUDENTS)

    assert (week / "one.txt").read_text() == "mine"
    assert (week / "notes.txt").read_text() == "mine, too"
    assert trees(course) == {"output"}
    assert "1 output(s) that the course no longer has were modified" in messages(report)
    assert "1 file(s) that CLM did not write" in messages(report)
    assert f"kept in {course.path}: output/public/De/Kurs" in messages(report)
    assert messages(build(course)) == ""


@pytest.mark.parametrize(
    ("targets", "folder"),
    [("", "elsewhere"), ("", "."), (STUDENTS, "output"), (STUDENTS, "elsewhere")],
)
def test_chosen_folder_and_default_apart(course: CourseFolder, targets: str, folder: str) -> None:
    build(course, targets, output_dir=course.path / folder)
    chosen = all_outputs(course)
    build(course)
    default = {path: text for path, text in all_outputs(course).items() if path not in chosen}

    course.add("loops/two.shout", "two\n")
    build(course, output_dir=course.path / folder)
    build(course)

    assert default
    assert {**default, **chosen}.items() <= all_outputs(course).items()


def test_removed_deck_leaves_chosen_folder(course: CourseFolder) -> None:
    course.add("loops/two.shout", "two\n")
    elsewhere = course.path / "elsewhere"
    build(course, STUDENTS, output_dir=elsewhere)
    build(course)
    course.remove("loops/two.shout")
    build(course)
    assert any(path.endswith("two.txt") for path in course.outputs(elsewhere))

    build(course, output_dir=elsewhere)

    assert not any(path.endswith("two.txt") for path in course.outputs(elsewhere))


@pytest.mark.parametrize(
    "options",
    [
        {"filter": BuildFilter(languages=("de",))},
        {"filter": BuildFilter(only=("intro",))},
        {"filter": BuildFilter(targets=("students",))},
        {"keep_directory": True},
        {"dry_run": True},
    ],
)
def test_partial_build_removes_nothing(course: CourseFolder, options: dict[str, Any]) -> None:
    build(course, "")
    before = all_outputs(course)

    build(course, STUDENTS, **options)

    assert before.items() <= all_outputs(course).items()
    build(course)
    assert not before.items() & all_outputs(course).items()


def test_incomplete_plan_removes_nothing(course: CourseFolder) -> None:
    build(course, "")
    before = all_outputs(course)
    course.more_spec = "requires: [no-such-plugin]\n"
    course.output_targets = STUDENTS
    course.write_spec()

    assert not course.build(backend="inline").ok

    assert before.items() <= all_outputs(course).items()


def test_dry_run_names_old_outputs(course: CourseFolder) -> None:
    build(course, "")
    course.output_targets = STUDENTS
    course.write_spec()
    to_do = build(course, dry_run=True).to_do

    report = build(course)

    assert to_do["remove"] == report.files_removed > 0


def test_other_course_keeps_its_tree(course: CourseFolder) -> None:
    build(course, "")
    other = course.path / "other.yaml"
    other.write_text(course.spec.read_text().replace("Kurs", "Anderer").replace("Course", "Other"))
    build(course, spec_path=other)
    with other.open("a") as file:
        file.write(f"output-targets: {STUDENTS}\n")
    before = {path: text for path, text in all_outputs(course).items() if "Kurs" in path}

    build(course, spec_path=other)

    assert before.items() <= all_outputs(course).items()
    assert not any("public" in path and "Anderer" in path for path in all_outputs(course))


def test_spec_path_may_be_spelled_differently(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(course, "", spec_path=course.path / "slides" / ".." / "course.yaml")
    monkeypatch.chdir(course.path)

    build(course, STUDENTS, spec_path=Path("course.yaml"))

    assert {path.name for path in (course.path / "output").iterdir()} == {"students"}


def lose_record(course: CourseFolder) -> None:
    (course.own / "clm_outputs.db").unlink()


def test_unrecorded_tree_kept_with_warning(course: CourseFolder) -> None:
    build(course, "")
    before = all_outputs(course)
    lose_record(course)

    report = build(course, STUDENTS)

    assert before.items() <= all_outputs(course).items()
    assert "are kept, since there is no record that CLM wrote them" in messages(report)
    assert str(course.path / "output/speaker/De/Kurs") in messages(report)


@pytest.mark.parametrize("targets", ["", STUDENTS, "[{path: output}]"])
def test_lost_record_of_same_tree_no_warning(course: CourseFolder, targets: str) -> None:
    build(course, targets)
    lose_record(course)

    assert messages(build(course)) == ""


def test_linked_output_folder_emptied(course: CourseFolder, tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (course.path / "output").symlink_to(tmp_path / "published")
    build(course, "")

    build(course, STUDENTS.replace("output/", ""))

    assert not any(path.is_file() for path in (tmp_path / "published").rglob("*"))
