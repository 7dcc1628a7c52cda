"""Fuzzed names and paths in specs: builds write only to the outputs."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from course_folder import CourseFolder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clm.errors import ClmError

pytestmark = pytest.mark.integration

SPEC = """\
name: {de: Kurs, en: Course}
languages: [de, {id: en, label: English, slides-folder: Slides}]
sections:
  - name: {de: Woche, en: Week}
    id: week
    includes: [{source: shared, as: lib}]
    topics: [a, {id: b, includes: [shared/x.csv]}]
    dir-groups: [{name: group, path: shared, subdirs: [deep]}]
output-targets:
  - {path: out, name: target, languages: [de]}
  - {path: other/out, name: second}
write-images: true
"""
WORDS = ["Kurs", "Course", "English", "Slides", "Woche", "Week", "week", "source: shared", "lib",
         "shared/x.csv", "group", "path: shared", "deep", "path: out", "other/out",
         "target"]  # fmt: skip
OUTSIDE = ["..", "../..", "../victim", "../victim/x.csv", "/", "VICTIM", "VICTIM/x.csv", "~",
           "link", "link/x.csv", "a/../../victim"]  # fmt: skip
ODD = [".", "", "a/..", "..\\victim", "C:\\x", "\\\\host\\x", "con", "x" * 300,
       "x\0y", "a\nb", "e\u0301", ".git", "slides", "slides/module_100_tests", "shared",
       "templates", ".clm", "course.yaml", "COURSE.YAML", "Shared"]  # fmt: skip


def quoted(text: str) -> str:
    return '"' + "".join(f"\\U{ord(character):08x}" for character in text) + '"'


def replaced(word: str, name: str) -> tuple[str, str]:
    key, separator, _ = word.rpartition(": ")
    return word, key + separator + quoted(name)


CHANGES = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(OUTSIDE + ODD)), max_size=3)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def make_course(around: Path) -> CourseFolder:
    course = CourseFolder(around / "course")
    course.add("a/one.shout", "hello\n!needs made.made\n")
    course.add("a/made.gen", "generated\n")
    course.add("b/two.csv", "1\n")
    for name in ("course/shared/x.csv", "course/shared/deep/y.csv", "victim/x.csv"):
        path = around / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (course.path / "link").symlink_to(around / "victim", target_is_directory=True)
    return course


@pytest.mark.parametrize("word", WORDS)
def test_outside_paths_cannot_escape(shout: Path, tmp_path: Path, word: str) -> None:
    for number, name in enumerate(OUTSIDE):
        (tmp_path / str(number)).mkdir()
        check_build((tmp_path / str(number)).resolve(), [(word, name)], force=True)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=CHANGES, force=st.booleans())
def test_random_paths_cannot_escape(
    shout: Path, changes: list[tuple[str, str]], force: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check_build(Path(folder).resolve(), changes, force=force)


def check_build(around: Path, changes: list[tuple[str, str]], *, force: bool) -> None:
    course = make_course(around)
    spec = SPEC
    for word, name in changes:
        spec = spec.replace(*replaced(word, name.replace("VICTIM", str(around / "victim"))))
    course.spec.write_text(spec, encoding="utf-8")
    before = files(around)
    with suppress(ClmError):
        course.build(backend="inline", force=force)
    after = files(around)
    assert {path: after.get(path) for path in before} == before
    generated = str(course.path_of("a/made.made"))  # expected beside its source
    new = [Path(path) for path in after.keys() - before.keys() - {generated}]
    sources = course.path / "slides"
    assert [p for p in new if not p.is_relative_to(course.path) or sources in p.parents] == []
