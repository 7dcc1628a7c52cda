"""Files in the output folders that are not CLM's: they survive all changes of the course."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define
from course_folder import CourseFolder, messages, outcomes
from held_job import HeldJob

from clm.builder import BuildListener, BuildReport, Outcome

pytestmark = pytest.mark.integration

WEEK = "public/De/Kurs/Folien/Text/Completed/Woche"


@pytest.fixture
def built(course: CourseFolder) -> CourseFolder:
    course.add("intro/one.shout", "one\n")
    course.add("intro/sub/data.csv", "1\n")
    course.add("loops/two.shout", "two\n")
    assert course.build(backend="inline").ok
    return course


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("place", ["", "public/De/Kurs", f"{WEEK}/sub"])
def test_git_repository_in_outputs_survives(built: CourseFolder, place: str) -> None:
    folder = built.path / "output" / place
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    before = built.mtimes(folder / ".git")
    built.remove("intro/sub/data.csv")
    built.remove("loops/two.shout")
    built.add("intro/one.shout", "other\n")

    for force in (False, True):
        assert built.build(backend="inline", force=force).ok

    assert built.mtimes(folder / ".git") == before
    assert git(folder, "log", "--oneline").endswith("first\n")
    assert git(folder, "status", "--porcelain")


def test_edited_output_kept_until_forced(
    built: CourseFolder,
) -> None:
    output = built.path / "output" / WEEK / "one.txt"
    output.write_text("by hand")
    built.add("intro/one.shout", "new\n")

    report = built.build(backend="inline")
    assert outcomes(report)["one.shout"] is Outcome.FAILED
    assert "one.txt was not written by CLM or was modified since" in messages(report)
    assert output.read_text() == "by hand"

    assert built.build(backend="inline", force=True).ok
    assert output.read_text() == "NEW\n"


def test_edited_obsolete_output_kept(
    built: CourseFolder,
) -> None:
    output = built.path / "output" / WEEK / "two.txt"
    output.write_text("by hand")
    built.remove("loops/two.shout")
    built.add("loops/more.shout", "more\n")

    report = built.build(backend="inline")
    again = built.build(backend="inline")

    assert report.ok
    assert f"kept in {built.path / 'output'}: {WEEK}/two.txt" in messages(report)
    assert messages(again) == ""
    assert output.read_text() == "by hand"
    assert built.texts("two.txt") == {"by hand"}


def test_foreign_file_among_outputs_stays(built: CourseFolder) -> None:
    own = built.path / "output" / WEEK / "sub" / "README.md"
    own.write_text("mine")
    built.remove("intro/sub/data.csv")

    assert built.build(backend="inline").ok

    assert own.read_text() == "mine"


# -- unwritable folders, vanishing files --------------------------------------------------------


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a small file system with the given options."""
    folder = tmp_path / "mounted"

    def mount(options: str) -> Path:
        folder.mkdir(exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", options, "clm-test", str(folder)]
        if sys.platform != "linux" or shutil.which("mount") is None or os.geteuid() != 0:
            pytest.skip("mounting a file system needs Linux and root")
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("this system does not let anyone mount file systems")
        return folder

    yield mount
    subprocess.run(["umount", str(folder)], check=False, capture_output=True)


def explains_write_error(report: BuildReport) -> bool:
    return "cannot be written" in messages(report) and "is the disk full" in messages(report)


def test_full_disk_leaves_no_partial_output(
    course: CourseFolder, mounted: Callable[[str], Path]
) -> None:
    output = mounted("size=64k")
    course.add("intro/large.shout", "x" * 40_000)
    course.add("intro/large.csv", "y" * 40_000)

    report = course.build(backend="inline", output_dir=output)

    assert not report.ok
    assert explains_write_error(report)
    assert all(len(data) == 40_000 for data in course.outputs(output).values())
    assert not list(output.rglob("*.clm-tmp"))


def test_read_only_output_folder_reported(
    course: CourseFolder, mounted: Callable[[str], Path]
) -> None:
    output = mounted("size=64k,ro")
    course.add("intro/one.shout", "x")
    course.add("intro/data.csv", "1")

    report = course.build(backend="inline", output_dir=output)

    assert outcomes(report) == {"one.shout": Outcome.FAILED}
    assert explains_write_error(report)


def test_vanished_source_fails_alone(course: CourseFolder, held: HeldJob) -> None:
    course.add("intro/a.shout", held.source("first"))
    course.add("intro/b.shout", "gone\n")
    course.add("intro/c.shout", "there\n")
    running = course.start("--json", jobs=1)
    held.await_begin()

    course.remove("intro/b.shout")
    held.release()

    code, out, err = running.finish()
    assert code == 1
    assert "b.shout" in out
    assert "Traceback" not in err
    assert course.texts("a.txt") == {"FIRST\n"}
    assert course.texts("c.txt") == {"THERE\n"}
    assert course.texts("b.txt") == set()


@define
class RemovesFirst(BuildListener):
    """Removes a file as soon as the build is planned."""

    file: Path

    def planned(self, *_: Any) -> None:
        self.file.unlink()


def test_vanished_data_file_reported(
    course: CourseFolder,
) -> None:
    gone = course.add("intro/d.csv", "gone\n")
    course.add("intro/e.csv", "there\n")
    course.add("intro/one.shout", "one\n")

    report = course.build(RemovesFirst(gone), backend="inline")

    assert not report.ok
    (problem,) = report.problems
    assert "d.csv" in str(problem)
    assert course.texts("d.csv") == set()
    assert course.texts("e.csv") == {"there\n"}
    assert course.texts("one.txt") == {"ONE\n"}
