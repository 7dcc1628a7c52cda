"""Invalid sources of all kinds in a course with a valid one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clm.testing import CourseProject

pytestmark = pytest.mark.e2e

GOOD = '# j2 from "macros.j2" import header\n# {{ header("Gut", "Good") }}\n\n# %%\n1 + 1\n'
BAD: dict[str, tuple[str, bytes, str]] = {
    "json": ("slides_json.ipynb", b'{"cells": [\n<<<<<<< HEAD\n', "slides_json.ipynb:2: "),
    "large": ("slides_large.py", b"# %%\nx\n" * 7_500_000, "52.5 MB, more than 20 MB"),
    "binary": ("slides_binary.py", b"# %%\n\x00\x01", "slides_binary.py:2: the file is binary"),
    "latin": ("slides_latin.java", "// %%\n// ä\n".encode("latin-1"), "not UTF-8"),
    "title": ("slides_title.py", b'# {{ header("?!", "?!") }}\n', "the title '?!'"),
    "tags": ("slides_tags.py", b'# %% tags=["slide", "notes"]\n', "several slide tags"),
    "kernel": ("slides_kernel.c", b"// %%\nint x;\n", "no Jupyter kernel 'c' is installed"),
}


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, clm
) -> tuple[CourseProject, subprocess.CompletedProcess[str]]:
    course = CourseProject(tmp_path_factory.mktemp("course"))
    for name, (file, data, _) in BAD.items():
        course.add(f"{name}/{file}", data)
    course.add("good/slides_good.py", GOOD)
    return course, clm("build", course.spec)


@pytest.mark.parametrize("name", BAD)
def test_bad_source_gives_one_error(built, name: str) -> None:
    _, result = built
    assert BAD[name][2] in result.stderr
    assert result.stderr.count(BAD[name][0]) == 1


def test_good_source_still_built(built) -> None:
    course, result = built
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert sum("Good." in path for path in course.outputs()) == 7


def good_twice(folder: Path) -> CourseProject:
    course = CourseProject(folder, more_spec="languages: [en]\n")
    for name in ("one", "two"):
        course.add(f"{name}/slides_{name}.py", GOOD)
    return course


def test_same_title_decks_numbered(tmp_path, clm) -> None:
    course = good_twice(tmp_path)
    assert clm("build", course.spec).returncode == 0
    codes = [path for path in course.outputs() if path.endswith(".py")]
    assert [path.rpartition("/")[2] for path in codes] == ["01 Good.py", "02 Good.py"]


def test_output_collision_names_both_decks(tmp_path, clm) -> None:
    course = good_twice(tmp_path)
    sections = "sections: [{name: A, topics: [one]}, {name: A, topics: [two]}]\n"
    course.spec.write_text("name: K\nlanguages: [en]\n" + sections)
    result = clm("build", course.spec)
    assert result.returncode == 1
    assert "slides_one.py" in result.stderr
    assert "slides_two.py" in result.stderr
