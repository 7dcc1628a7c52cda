"""Odd names of files, folders and parts of a course, for `validate` and builds alike."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clm.builder.validation.course import validate_course
from clm.errors import ClmError, Severity
from clm.plugins import PluginRegistry

NewCourse = Callable[[str], CourseFolder]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse these names")

# What the file system stores, so all of them work; those that other systems refuse with a warning.
FILE_NAMES = {
    "colon": "log_12:00",
    "backslash": "a\\b",
    "newline": "two\nlines",
    "return": "a\rb",
    "tab": "a\tb",
    "option": "-rf",
    "long option": "--help",
    "device": "CON",
    "device with suffix": "aux.tar",
    "numbered device": "lpt¹",
    "trailing dot": "end.",
    "trailing space": "end ",
    "leading space": " a",
    "dots": "a..b",
    "long": "x" * 240,
    "long in bytes": "ä" * 120,
    "bidirectional": "\u202egnp.exe",
    "isolate": "\u2066a\u2069",
    "zero width": "a\u200bb",
    "byte-order mark": "\ufeffa",
    "composed": "é",
    "decomposed": "e\u0301",
    "kelvin": "\u212a",
    "line separator": "a\u2028b",
    "next line": "a\x85b",
    "delete": "a\x7fb",
    "escape": "\x1b[31m",
    "noncharacter": "\uffff",
    "tag": "a\U000e0041",
    "emoji": "😀",
    "wildcards": "a*b?[c]",
    "markup": "<b>&amp;",
    "quotes": "\"'`",
    "shell": "$(id)",
    "template": "{{ 7 * 7 }}",
    "percent": "%2e%2e%2f",
    "fragment": "a#b",
}


def errors_of_validate(course: CourseFolder) -> list[str]:
    found = validate_course(course.spec, PluginRegistry.load()).diagnostics
    return [d.message for d in found if d.severity is Severity.ERROR]


def errors_of_build(course: CourseFolder) -> list[str]:
    try:
        report = course.build(backend="inline")
    except ClmError as error:
        return [d.message for d in error.diagnostics]
    found = [*report.problems, *(d for job in report.jobs for d in job.diagnostics)]
    return [d.message for d in found if d.severity is Severity.ERROR]


def write(folder: Path, name: bytes, text: str) -> None:
    path = folder / os.fsdecode(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def add_files(course: CourseFolder, name: bytes) -> None:
    """Adds a deck, a data file, a folder and a module with this name beside another deck."""
    other = course.add("other/other.shout", "other\n")
    folder = course.add("a/a.shout", "a\n").parent
    write(folder, name + b".shout", "odd\n")
    write(folder, name, "data\n")
    write(folder, b"in/" + name + b"/data.csv", "data\n")
    write(other.parents[2], name + b"/topic_100_unused/x.shout", "unused\n")


@pytest.mark.parametrize("name", FILE_NAMES.values(), ids=FILE_NAMES)
def test_odd_file_name_works(course: CourseFolder, name: str) -> None:
    add_files(course, name.encode())

    assert errors_of_validate(course) == []
    assert errors_of_build(course) == []

    names = {path.rpartition("/")[2] for path in course.outputs()}
    assert names == {"other.txt", "a.txt", f"{name}.txt", name, "data.csv"}


@pytest.mark.parametrize("name", [b"old-zip-\x84", b"\xfc", b"\xed\xa0\x80", b"\xc3"], ids=repr)
def test_name_without_utf8_left_out(course: CourseFolder, name: bytes) -> None:
    add_files(course, name)

    errors = errors_of_build(course)

    assert len(errors) == 3  # the topic, its folder `in`, and `slides`
    assert all(repr(name)[1:-1] in error for error in errors)
    assert sorted(errors_of_validate(course)) == sorted(errors)
    assert course.texts("other.txt") == {"OTHER\n"}
    assert course.texts("a.txt") == {"A\n"}


@pytest.mark.skipif(os.name == "nt", reason="links need rights")
@pytest.mark.parametrize("target", ["nowhere", "link"])
def test_broken_link_spares_others(course: CourseFolder, target: str) -> None:
    deck = course.add("a/a.shout", "a\n")
    course.add("b/other.shout", "other\n")
    (deck.parent / "link").symlink_to(target)
    (error,) = errors_of_build(course)
    assert "broken link" in error
    assert errors_of_validate(course) == [error]
    assert course.texts("a.txt") == {"A\n"}
    assert course.texts("other.txt") == {"OTHER\n"}


@pytest.mark.parametrize("option", ["output_dir", "db_path"])
def test_option_without_utf8_refused(course: CourseFolder, tmp_path: Path, option: str) -> None:
    course.add("a/a.shout", "a\n")
    with pytest.raises(ClmError, match=r"is not UTF-8: '.*\\xfc"):
        course.build(backend="inline", **{option: tmp_path / os.fsdecode(b"\xfc")})


TEXTS = {
    **{key: FILE_NAMES[key] for key in ("backslash", "newline", "device", "bidirectional")},
    "emoji": "😀",
    "empty": "",
    "blank": "  ",
    "dot": ".",
    "parent": "..",
    "above": "../../x",
    "absolute": "/etc",
    "drive": "C:\\x",
    "nul": "a\0b",
    "surrogate": "\ud800",
}
SPECS: dict[str, str] = {
    "course": "name: {de: @, en: @}\nsections: [{name: {de: W, en: W}, topics: [a]}]\n",
    "section": "name: {de: K, en: C}\nsections: [{name: {de: @, en: @}, topics: [a]}]\n",
    "section id": "name: {de: K, en: C}\nsections: [{id: @, name: {de: W, en: W}, topics: [a]}]\n",
    "author": "name: {de: K, en: C}\nauthor: @\nsections: [{name: {de: W, en: W}, topics: [a]}]\n",
    "topic": "name: {de: K, en: C}\nsections: [{name: {de: W, en: W}, topics: [a, @]}]\n",
    "module": (
        "name: {de: K, en: C}\nsections: [{name: {de: W, en: W}, topics: [{id: a, module: @}]}]\n"
    ),
    "dir-group": (
        "name: {de: K, en: C}\nsections: [{name: {de: W, en: W}, topics: [a]}]\n"
        "dir-groups: [{name: {de: @, en: @}, path: files}]\n"
    ),
    "dir-group path": (
        "name: {de: K, en: C}\nsections: [{name: {de: W, en: W}, topics: [a]}]\n"
        "dir-groups: [{name: {de: F, en: F}, path: @}]\n"
    ),
    "target": (
        "name: {de: K, en: C}\nsections: [{name: {de: W, en: W}, topics: [a]}]\n"
        "output-targets: [{name: @, path: output/x}]\n"
    ),
    "target path": (
        "name: {de: K, en: C}\nsections: [{name: {de: W, en: W}, topics: [a]}]\n"
        "output-targets: [{name: x, path: @}]\n"
    ),
    "include": (
        "name: {de: K, en: C}\nsections: [{name: {de: W, en: W}, topics: [a], includes: [@]}]\n"
    ),
    "project-slug": (
        "name: {de: K, en: C}\nproject-slug: @\nsections: [{name: {de: W, en: W}, topics: [a]}]\n"
    ),
}


def write_spec(course: CourseFolder, part: str, text: str) -> None:
    course.add("a/a.shout", "a\n")
    write(course.path, b"files/x.csv", "x\n")
    spec = SPECS[part].replace("@", json.dumps(text))
    course.spec.write_text(spec, encoding="utf-8")


def assert_alike(course: CourseFolder) -> None:
    """What a build refuses, validate finds, and the other way round."""
    before = {path for path in course.path.parent.rglob("*") if path.is_file()}
    found, refused = set(errors_of_validate(course)), set(errors_of_build(course))
    assert bool(found) == bool(refused), (found, refused)
    assert refused <= found, (found, refused)
    after = {path for path in course.path.parent.rglob("*") if path.is_file()}
    assert all(path.is_relative_to(course.path) for path in after - before)


@pytest.mark.integration
@pytest.mark.parametrize("part", SPECS)
def test_odd_text_found_by_both(new_course: NewCourse, part: str) -> None:
    for number, text in enumerate(TEXTS.values()):
        course = new_course(f"course-{number}")
        write_spec(course, part, text)
        assert_alike(course)


@pytest.mark.integration
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    part=st.sampled_from([*SPECS, "file"]),
    text=st.text(st.characters(categories=("L", "Lm", "M", "P", "S", "Z", "C")), max_size=12),
)
def test_random_text_found_by_both(
    tmp_path_factory: pytest.TempPathFactory, shout: Path, part: str, text: str
) -> None:
    course = CourseFolder(tmp_path_factory.mktemp("alone") / "course")
    course.path.mkdir()
    if part != "file":
        write_spec(course, part, text)
    else:
        name = text.encode(errors="surrogatepass").replace(b"\0", b"").replace(b"/", b"")
        add_files(course, b"n" + name)
    assert_alike(course)
