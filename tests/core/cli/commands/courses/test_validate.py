"""Command lines of `clm validate`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder

from clm.cli.main import main

Course = Callable[[str], CourseFolder]


@pytest.fixture
def course(new_course: Course) -> CourseFolder:
    folder = new_course("course")
    folder.add("a/a.shout", "hello\n")
    return folder


def unused(course: CourseFolder) -> None:
    course.add("b/b.shout", "hello\n")
    course.spec.write_text(course.spec.read_text().replace("[a, b]", "[a]"))


def test_valid_course_exits_with_0(course: CourseFolder, capsys) -> None:
    assert main(["validate", str(course.spec), "--strict"]) == 0
    assert capsys.readouterr().out == "no problems found\n"


def test_warnings_fail_only_when_strict(course: CourseFolder, capsys) -> None:
    unused(course)
    assert main(["validate", str(course.spec)]) == 0
    assert main(["validate", str(course.spec), "--strict"]) == 1
    assert capsys.readouterr().out == "0 error(s), 1 warning(s)\n" * 2


def test_errors_exit_with_2(course: CourseFolder) -> None:
    course.spec.write_text(course.spec.read_text() + "authr: me\n")
    assert main(["validate", str(course.spec)]) == 2
    assert main(["validate", str(course.spec), "--strict"]) == 2


def test_missing_spec_exits_with_2(tmp_path: Path, shout: Path, capsys) -> None:
    assert main(["validate", str(tmp_path / "no.yaml")]) == 2
    assert "course spec not found" in capsys.readouterr().err


def test_problems_are_shown_with_carets(course: CourseFolder, capsys) -> None:
    course.spec.write_text(course.spec.read_text() + "authr: me\n")
    main(["validate", str(course.spec)])
    assert "5 | authr: me\n      | ^^^^^\n    hint: did you mean 'author'?" in (
        capsys.readouterr().err
    )


def test_wrong_setting_shown_at_key(course: CourseFolder, capsys) -> None:
    course.spec.write_text(course.spec.read_text() + "plugins:\n  shout:\n    volum: 11\n")
    assert main(["validate", str(course.spec)]) == 2
    assert f"{course.spec}:7:5: plugin 'shout' has no setting" in capsys.readouterr().err


def test_quiet_prints_only_problems(course: CourseFolder, capsys) -> None:
    course.spec.write_text("nam: x")
    assert main(["validate", str(course.spec), "--quiet"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "error: " in printed.err


def test_json_has_problems_and_summary(course: CourseFolder, capsys) -> None:
    unused(course)
    main(["validate", str(course.spec), "--json"])
    problem, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert (problem["version"], problem["event"]) == (1, "problem")
    assert problem["diagnostic"]["place"]["file"] == "slides/module_100_tests/topic_100_b"
    assert summary == {
        "version": 1, "event": "summary", "ok": True, "errors": 0, "warnings": 1
    }  # fmt: skip


# A hundred times the time needed; quadratic time in the length of the line would exceed it.
_SHOW = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from clm.cli.main import main
sys.exit(main(["validate", sys.argv[1]]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no resource limits")
def test_thousands_of_problems_shown_quickly(tmp_path: Path) -> None:
    spec = tmp_path / "course.xml"
    padding = "y" * 70
    keys = "".join(f"<x{number} {padding}='1'/>" for number in range(9_000))
    spec.write_text(f"<course><name>K</name>{keys}</course>", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _SHOW, str(spec)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "unknown key 'x8999' in the course" in done.stderr
