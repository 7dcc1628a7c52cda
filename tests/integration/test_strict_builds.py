"""Builds with `--strict`: warnings fail them, however the outputs came about."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable

import pytest
from course_folder import CourseFolder, messages
from operating import Clm

from clm.builder.options import BuildFilter

pytestmark = pytest.mark.integration

DECK = "a line\n!warn-at 3 bad word\nhere is a bad word, too\n"


@pytest.fixture
def warned(course: CourseFolder) -> CourseFolder:
    course.add("intro/one.shout", DECK)
    course.add("loops/two.shout", "two\n")
    return course


def nothing(course: CourseFolder) -> None:
    """Leaves everything up to date."""


def remove_outputs(course: CourseFolder) -> None:
    shutil.rmtree(course.path / "output")


def remove_cache(course: CourseFolder) -> None:
    (course.own / "clm_cache.db").unlink()


def remove_record(course: CourseFolder) -> None:
    (course.own / "clm_outputs.db").unlink()


def edit_other_deck(course: CourseFolder) -> None:
    course.add("loops/two.shout", "three\n")
    remove_cache(course)


@pytest.mark.parametrize(
    "change", [nothing, remove_outputs, remove_cache, remove_record, edit_other_deck]
)
@pytest.mark.parametrize("backend", ["inline", "sqlite"])
def test_warning_fails_each_build(
    warned: CourseFolder, backend: str, change: Callable[[CourseFolder], None]
) -> None:
    first = warned.build(backend=backend, strict=True)
    change(warned)
    second = warned.build(backend=backend, strict=True)
    third = warned.build(backend=backend, strict=True)

    for report in (first, second, third):
        assert not report.ok
        assert [d.message for d in report.warnings] == [d.message for d in first.warnings] != []
    assert warned.build(backend=backend).ok


def test_warning_recorded_by_up_to_date_build(warned: CourseFolder) -> None:
    warned.build(backend="inline")
    remove_record(warned)
    warned.build(backend="inline")  # takes the warning from the cache
    remove_cache(warned)

    assert not warned.build(backend="inline", strict=True).ok


def test_corrected_deck_passes(warned: CourseFolder) -> None:
    warned.build(backend="inline", strict=True)
    warned.add("intro/one.shout", "good\n")

    report = warned.build(backend="inline", strict=True)

    assert (report.ok, report.warnings) == (True, ())


def test_partial_build_counts_own_warnings(warned: CourseFolder) -> None:
    def is_ok(**parts: tuple[str, ...]) -> bool:
        return warned.build(backend="inline", strict=True, filter=BuildFilter(**parts)).ok

    assert not is_ok(languages=("de",))
    assert not is_ok(languages=("de",))
    assert not is_ok(only=("intro",))
    assert is_ok(only=("loops",))


def test_superseded_file_warned_without_cache(course: CourseFolder) -> None:
    course.add("intro/pic.gen", "picture\n")
    course.add("intro/pic.made", "mine\n")
    first = course.build(backend="inline", strict=True)
    remove_cache(course)

    second = course.build(backend="inline", strict=True)

    assert not first.ok
    assert messages(second) == messages(first)


def test_exit_code_and_summary(warned: CourseFolder, clm: Clm) -> None:
    lenient, strict = clm("build"), clm("build", "--strict")

    assert (lenient.returncode, strict.returncode) == (0, 1)
    assert "failed: 0 built, 0 from cache, 2 skipped, 0 failed" in strict.stdout
    assert "1 warning(s), which count as errors with --strict" in strict.stdout
    assert warned.texts("one.txt")


def test_json_summary_not_ok(warned: CourseFolder, clm: Clm) -> None:
    result = clm("build", "--strict", "--json")

    summary = json.loads(result.stdout.splitlines()[-1])
    assert (result.returncode, summary["ok"], summary["warnings"]) == (1, False, 1)


def test_dry_run_counts_plan_warnings(course: CourseFolder, clm: Clm) -> None:
    course.add("intro/one.shout", "one\n")

    assert clm("build", "--dry-run", "--strict").returncode == 0
    assert clm("build", "--dry-run", "--strict", "--kinds", "partial").returncode == 1


def test_watch_is_never_strict(warned: CourseFolder, clm: Clm) -> None:
    assert clm("build", "--watch", "--strict").returncode == 2
    assert clm("watch", "--strict").returncode == 2
