"""Warnings about names that another operating system cannot store."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from clm.course.files import CourseFile
from clm.course.paths.portable_names import unportable_names
from clm.errors import Severity


def _warnings(*paths: str) -> list[tuple[str, str]]:
    files = [CourseFile(Path("/course", path), PurePosixPath(path), path) for path in paths]
    found = list(unportable_names(files))
    assert all(warning.severity is Severity.WARNING and warning.hint for warning in found)
    return [(warning.place.file if warning.place else "", warning.message) for warning in found]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("log_12:00.csv", "contains ':'"),
        ("a<b.txt", "contains '<'"),
        ("a|b.txt", "contains '|'"),
        ('"a".txt', "contains '\"'"),
        ("what?.md", "contains '?'"),
        ("a*.md", "contains '*'"),
        ("a\\b.csv", r"contains '\\'"),
        ("a\nb.csv", r"contains '\n'"),
        ("notes.", "ends with a dot"),
        ("notes ", "ends with a space"),
        ("con.csv", "is reserved"),
        ("NUL", "is reserved"),
        ("Com1.tar.gz", "is reserved"),
    ],
)
def test_refused_names_warned(name: str, reason: str) -> None:
    ((place, message),) = _warnings(f"t/{name}")
    assert place == f"t/{name}"
    assert reason in message


@pytest.mark.parametrize("name", ["console.csv", "a.b c.txt", "größe 1.md", ".hidden", "com.txt"])
def test_ordinary_names_not_warned(name: str) -> None:
    assert _warnings(f"t/{name}") == []


def test_folder_warned_once() -> None:
    found = _warnings("t/a:b/1.txt", "t/a:b/2.txt", "t/a:b/c/3.txt")
    assert [place for place, _ in found] == ["t/a:b"]


def test_included_file_warned_once() -> None:
    path = Path("/course/shared/a:b.txt")
    files = [CourseFile(path, PurePosixPath("a:b.txt"), f"{topic}/a:b.txt") for topic in "xy"]
    (warning,) = unportable_names(files)
    assert warning.place is not None and warning.place.file == "x/a:b.txt"


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ("t/Data.csv", "t/data.csv", "only in case"),
        ("t/Img/a.png", "t/img/b.png", "only in case"),
        ("t/u\u0308.csv", "t/\u00fc.csv", "only in the encoding of their letters"),
    ],
)
def test_names_of_one_file_warned(one: str, other: str, difference: str) -> None:
    ((_, message),) = _warnings(one, other)
    assert difference in message


def test_equal_names_in_different_folders() -> None:
    assert _warnings("a/Data.csv", "b/data.csv") == []
