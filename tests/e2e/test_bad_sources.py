"""Sources of all kinds that are wrong, in one course with a good one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

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
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    course = tmp_path_factory.mktemp("course")
    decks = {name: (file, data) for name, (file, data, _) in BAD.items()}
    decks["good"] = ("slides_good.py", GOOD.encode())
    for name, (file, data) in decks.items():
        folder = course / "slides" / "module_1_a" / f"topic_1_{name}"
        folder.mkdir(parents=True)
        (folder / file).write_bytes(data)
    spec = course / "course.yaml"
    spec.write_text(f"name: K\nsections: [{{name: Eins, topics: [{', '.join(decks)}]}}]\n")
    return course, clm("build", spec)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_source_is_one_clear_error(built, name: str) -> None:
    _, result = built
    assert BAD[name][2] in result.stderr
    assert result.stderr.count(BAD[name][0]) == 1


def test_everything_else_is_built_and_the_exit_code_tells(built) -> None:
    course, result = built
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert len(list(course.glob("output/**/*Good.*"))) == 7


def test_decks_of_one_title_in_a_section_are_told_apart_by_their_numbers(tmp_path, clm) -> None:
    for name in ("one", "two"):
        folder = tmp_path / "slides" / "module_1_a" / f"topic_1_{name}"
        folder.mkdir(parents=True)
        (folder / f"slides_{name}.py").write_text(GOOD)
    spec = tmp_path / "course.yaml"
    spec.write_text("name: K\nlanguages: [en]\nsections: [{name: A, topics: [one, two]}]\n")
    assert clm("build", spec).returncode == 0
    names = sorted(path.name for path in tmp_path.glob("output/**/Completed/**/*.py"))
    assert names == ["01 Good.py", "02 Good.py"]


def test_decks_that_would_be_one_file_are_both_named_and_neither_lost(tmp_path, clm) -> None:
    for name in ("one", "two"):
        folder = tmp_path / "slides" / "module_1_a" / f"topic_1_{name}"
        folder.mkdir(parents=True)
        (folder / f"slides_{name}.py").write_text(GOOD)
    spec = tmp_path / "course.yaml"
    sections = "sections: [{name: A, topics: [one]}, {name: A, topics: [two]}]\n"
    spec.write_text("name: K\nlanguages: [en]\n" + sections)
    result = clm("build", spec)
    assert result.returncode == 1
    assert "slides_one.py" in result.stderr
    assert "slides_two.py" in result.stderr
