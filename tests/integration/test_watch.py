"""Watching a course of real files, with the changes that editors and tools make."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder, messages, outcomes
from watching import TREES, Watching

from clm.builder import Outcome
from clm.builder.sessions import watch
from clm.errors import SpecError

pytestmark = pytest.mark.integration


@pytest.fixture(params=TREES)
def course(request: pytest.FixtureRequest, course: CourseFolder) -> CourseFolder:
    course.output_targets = request.param
    return course


def in_place(path: Path, text: str) -> None:
    with path.open("r+") as file:
        file.write(text)
        file.truncate()


def truncate_then_write(path: Path, text: str) -> None:
    path.write_text("")
    path.write_text(text)


def temporary_and_rename(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.tmp123")
    temporary.write_text(text)
    temporary.replace(path)


def backup_and_rename(path: Path, text: str) -> None:
    backup = path.with_name(f"{path.name}~")
    path.rename(backup)
    path.write_text(text)
    backup.unlink()


def delete_and_create(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


SAVES = [in_place, truncate_then_write, temporary_and_rename, backup_and_rename, delete_and_create]


@pytest.fixture
def one(course: CourseFolder) -> Path:
    return course.add("intro/one.shout", "first\n")


@pytest.mark.parametrize("save", SAVES)
def test_any_save_method_is_built(
    course: CourseFolder, one: Path, save: Callable[[Path, str], None]
) -> None:
    course.add("loops/two.shout", "two\n")
    with Watching(course) as watching:
        watching.report()

        save(one, "second\n")

        report = watching.until(lambda: course.texts("one.txt") == {"SECOND\n"})
        assert outcomes(report) == {"one.shout": Outcome.BUILT, "two.shout": Outcome.SKIPPED}


def test_last_of_two_saves_built(course: CourseFolder, one: Path) -> None:
    with Watching(course) as watching:
        watching.report()

        for text in ("second\n", "third!\n"):  # equal in size, and possibly in time
            one.write_text(text)

        watching.until(lambda: course.texts("one.txt") == {"THIRD!\n"})


def test_new_and_deleted_files_tracked(course: CourseFolder, one: Path) -> None:
    with Watching(course) as watching:
        watching.report()

        (one.parent / "more").mkdir()
        (one.parent / "more" / "new.shout").write_text("new\n")
        watching.until(lambda: course.texts("new.txt") == {"NEW\n"})
        shutil.rmtree(one.parent / "more")
        watching.until(lambda: course.texts("new.txt") == set())


def test_renamed_file_renamed_in_outputs(course: CourseFolder, one: Path) -> None:
    with Watching(course) as watching:
        watching.report()

        one.rename(one.with_name("other.shout"))

        watching.until(lambda: course.texts("other.txt") == {"FIRST\n"})
        assert course.texts("one.txt") == set()


def test_renamed_topic_found_again(course: CourseFolder, one: Path) -> None:
    with Watching(course) as watching:
        watching.report()

        one.parent.rename(one.parent.with_name("topic_200_intro"))
        moved = one.parent.with_name("topic_200_intro") / one.name
        watching.end()
        moved.write_text("moved\n")

        watching.until(lambda: course.texts("one.txt") == {"MOVED\n"})


def test_spec_edit_detected(course: CourseFolder, one: Path) -> None:
    course.add("loops/two.shout", "two\n")
    with Watching(course) as watching:
        watching.report()

        course.spec.write_text(course.spec.read_text().replace("[intro, loops]", "[intro]"))

        watching.until(lambda: course.texts("two.txt") == set())
        assert course.texts("one.txt") == {"FIRST\n"}


def test_watch_survives_broken_spec(course: CourseFolder, one: Path) -> None:
    good = course.spec.read_text()
    with Watching(course) as watching:
        watching.report()

        temporary_and_rename(course.spec, good.replace("intro", "intor"))
        error = watching.end().error
        assert isinstance(error, SpecError)
        assert "intor" in str(error)
        one.write_text("second\n")
        assert watching.end().error is not None
        temporary_and_rename(course.spec, good)

        watching.until(lambda: course.texts("one.txt") == {"SECOND\n"})


def test_watch_starts_with_broken_spec(course: CourseFolder, one: Path) -> None:
    good = course.spec.read_text()
    course.spec.write_text("name: [")
    with Watching(course) as watching:
        assert isinstance(watching.end().error, SpecError)

        course.spec.write_text(good)

        watching.until(lambda: course.texts("one.txt") == {"FIRST\n"})


def test_new_templates_are_watched(course: CourseFolder, one: Path) -> None:
    templates = course.path / "templates"
    with Watching(course) as watching:
        watching.report()

        templates.mkdir()
        (templates / "a.j2").write_text("1")
        watching.report()
        (templates / "a.j2").write_text("2")

        while templates / "a.j2" not in watching.end().changed:
            continue


def test_dir_group_is_watched(course: CourseFolder, one: Path) -> None:
    (course.path / "data").mkdir()
    course.more_spec = "dir-groups: [{name: Data, path: data}]\n"
    course.write_spec()
    with Watching(course) as watching:
        watching.report()

        (course.path / "data" / "numbers.csv").write_text("1,2")

        watching.until(lambda: course.texts("numbers.csv") == {"1,2"})


@pytest.mark.parametrize("folder", [".", ".."])
def test_output_dir_above_sources_watched(course: CourseFolder, one: Path, folder: str) -> None:
    with Watching(course, {"output_dir": course.path / folder}) as watching:
        watching.report()

        one.write_text("second\n")

        end = watching.end()
        assert (end.changed, messages(end.report)) == ({one}, "")


def test_sources_watched_after_tree_changes(course: CourseFolder, one: Path) -> None:
    with Watching(course) as watching:
        watching.report()

        course.output_targets = "[{path: output/others}]"
        course.write_spec()
        watching.until(lambda: len({path.split("/")[0] for path in course.outputs()}) == 1)
        assert {path.split("/")[0] for path in course.outputs()} == {"others"}
        one.write_text("second\n")

        watching.until(lambda: course.texts("one.txt") == {"SECOND\n"})


def test_replaced_slides_are_watched(course: CourseFolder, one: Path) -> None:
    slides = course.path / "slides"
    shutil.copytree(slides, course.path / "new")
    with Watching(course) as watching:
        watching.report()

        slides.rename(course.path / "old")
        (course.path / "new").rename(slides)
        while watching.end().error:
            continue
        one.write_text("second\n")

        watching.until(lambda: course.texts("one.txt") == {"SECOND\n"})


def test_large_checkout_built_correctly(course: CourseFolder, one: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        command = ["git", "-C", str(course.path), *identity, *arguments]
        subprocess.run(command, check=True, capture_output=True)

    course.more_spec = "languages: [en]\n"
    course.write_spec()
    git("init", "-b", "main")
    (course.path / ".gitignore").write_text("output\n")
    for number in range(1000):
        (one.parent / f"{number}.csv").write_text(f"old {number}")
    git("add", ".")
    git("commit", "-m", "old")
    git("checkout", "-b", "new")
    for number in range(1000):
        (one.parent / f"{number}.csv").write_text(f"new {number}")
    one.write_text("second\n")
    git("commit", "-am", "new")
    git("checkout", "main")
    with Watching(course) as watching:
        watching.report()

        git("checkout", "new")

        def is_new() -> bool:
            texts = {p: t for p, t in course.outputs().items() if p.endswith(".csv")}
            return len(texts) == 3000 and all(t.startswith(b"new") for t in texts.values())

        watching.until(is_new)
        assert course.texts("one.txt") == {"SECOND\n"}


# -- errors -------------------------------------------------------------------------------------


def test_watch_survives_failed_job(course: CourseFolder, one: Path) -> None:
    with Watching(course) as watching:
        watching.report()

        one.write_text("!error cannot shout\n")
        report = watching.report()
        assert outcomes(report)["one.shout"] is Outcome.FAILED
        assert "cannot shout" in messages(report)
        one.write_text("second\n")

        watching.until(lambda: course.texts("one.txt") == {"SECOND\n"})


def test_failed_job_retried_only_on_save(course: CourseFolder, one: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    text = f"!log {log}\n!error cannot shout\n"
    course.add("intro/bad.shout", text)
    with Watching(course) as watching:
        watching.report()

        one.write_text("second\n")
        report = watching.until(lambda: course.texts("one.txt") == {"SECOND\n"})
        assert outcomes(report)["bad.shout"] is Outcome.FAILED
        assert "cannot shout" in messages(report)
        assert len(log.read_text().splitlines()) == 1
        (one.parent / "bad.shout").write_text(text)  # saved again, which requests a retry

        watching.report()
        assert len(log.read_text().splitlines()) == 2


def test_missing_spec_is_error(course: CourseFolder) -> None:
    with Watching(course) as watching:
        assert isinstance(watching.end().error, SpecError)


# -- ignored changes ----------------------------------------------------------------------------


def test_own_writes_start_no_build(course: CourseFolder, one: Path) -> None:
    course.more_spec = "write-images: true\n"
    course.add("intro/pic.gen", "picture\n")
    with Watching(course) as watching:
        watching.report()
        assert (one.parent / "pic.made").exists()

        one.write_text("second\n")

        end = watching.end()
        assert end.changed == {one}


def test_ignored_files_start_no_build(course: CourseFolder, one: Path) -> None:
    (one.parent / "__pycache__").mkdir()
    with Watching(course) as watching:
        watching.report()

        (one.parent / "__pycache__" / "x.pyc").write_text("x")
        (one.parent / ".one.shout.swp").write_text("x")
        os.utime(course.path / ".clm")
        one.write_text("second\n")

        assert watching.end().changed == {one}


def test_garbage_of_builds_is_freed(
    course: CourseFolder, one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_BUILDS_UNTIL_FULL_SEARCH", 4)

    def garbage_after(builds: int) -> int:
        for number in range(builds):
            one.write_text(f"{builds} {number}\n")
            watching.report()
        return gc.collect()

    gc.disable()
    try:
        with Watching(course) as watching:
            watching.report()
            garbage_after(2)
            few, many = garbage_after(2), garbage_after(12)
    finally:
        gc.enable()
    assert many < 2 * few + 500
