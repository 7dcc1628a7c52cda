"""Decks in two files, one for each language."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from clm.builder import BuildReport
from clm.builder.options import BuildFilter
from clm.testing.course_project import CourseProject, messages

GERMAN = """\
# j2 from "macros.j2" import header_de
# {{ header_de("Einführung") }}
# %% [markdown] lang="de" tags=["slide"]
# ## Hallo
# %% [markdown]
# Ohne Sprache
"""
ENGLISH = """\
# j2 from "macros.j2" import header_en
# {{ header_en("Introduction") }}
# %% [markdown] lang="en" tags=["slide"]
# ## Hello
"""
LOOPS = """\
# j2 from "macros.j2" import header
# {{ header("Schleifen", "Loops") }}
# %% [markdown] tags=["slide"]
# ## L
"""


@pytest.fixture
def course(tmp_path: Path) -> CourseProject:
    return CourseProject(tmp_path)


def built(course: CourseProject) -> tuple[BuildReport, dict[str, dict[str, bytes]]]:
    """The report, and the outputs of the format `code` and its folder, by language."""
    report = course.build(filter=BuildFilter(formats=("code",)))
    found: dict[str, dict[str, bytes]] = {"De": {}, "En": {}}
    for path, data in course.outputs().items():
        found[PurePosixPath(path).parts[1]][path.partition("/Completed/")[2]] = data
    return report, found


def test_each_half_in_its_language(course: CourseProject) -> None:
    course.add("intro/slides_a.de.py", GERMAN)
    course.add("intro/slides_a.en.py", ENGLISH)
    course.add("loops/slides_loops.py", LOOPS)

    report, outputs = built(course)

    assert report.ok, messages(report)
    assert set(outputs["De"]) == {"Woche/01 Einführung.py", "Woche/02 Schleifen.py"}
    assert set(outputs["En"]) == {"Week/01 Introduction.py", "Week/02 Loops.py"}
    assert b"Ohne Sprache" in outputs["De"]["Woche/01 Einführung.py"]
    assert b"Hello" not in outputs["De"]["Woche/01 Einführung.py"]


def test_half_without_title_named_after_file(course: CourseProject) -> None:
    course.add("intro/slides_a.de.py", "# %% [markdown]\n# Text\n")

    _, outputs = built(course)

    assert set(outputs["De"]) == {"Woche/01 slides_a.py"}
    assert not outputs["En"]


def test_paired_notebook_of_half_left_out(course: CourseProject) -> None:
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    course.add("intro/slides_a.de.py", GERMAN)
    course.add("intro/slides_a.de.ipynb", json.dumps(notebook))
    course.add("intro/slides_a.en.md", "# Hello\n")

    report, outputs = built(course)

    assert report.ok, messages(report)
    assert set(outputs["De"]) == {"Woche/01 Einführung.py"}
    assert set(outputs["En"]) == {"Week/01 Hello.py"}


def test_notebook_may_be_half(course: CourseProject) -> None:
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Titel"}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    course.add("intro/slides_a.de.ipynb", json.dumps(notebook))
    course.add("intro/slides_a.en.py", ENGLISH)

    _, outputs = built(course)

    assert set(outputs["De"]) == {"Woche/01 Titel.py"}
    assert set(outputs["En"]) == {"Week/01 Introduction.py"}


@pytest.mark.parametrize("tags", ["", 'tags=["notes"]'])
def test_cell_of_other_language_in_no_output(topic: Any, tags: str) -> None:
    topic.name = "slides_a.de.py"
    topic.context = topic.only(*(v for v in topic.context.variants if v.language == "de")).context

    result = topic.convert(f'{GERMAN}\n# %% [markdown] lang="en" {tags}\n# SECRET\n')

    assert not any(b"SECRET" in data for data in result.outputs.values())
    (warning,) = [d for d in result.diagnostics if "no output contains" in d.message]
    assert "'en'" in warning.message
    assert warning.place is not None
    assert warning.place.line == 8


def test_cells_of_other_languages_warned_once(topic: Any) -> None:
    topic.name = "slides_a.de.py"
    cells = ["de", "en", "de", "en", "fr"]
    deck = "".join(f'# %% [markdown] lang="{code}"\n# Text {code}\n\n' for code in cells)
    found = [d for d in topic.convert(deck).diagnostics if "the file is for 'de' only" in d.message]

    assert [d.place and d.place.line for d in found] == [4, 13]
    assert found[0].message.startswith("2 cells, first this one, are in 'en'")
    assert found[1].message.startswith("the cell is in 'fr'")


def test_edited_half_leaves_other_alone(course: CourseProject) -> None:
    course.add("intro/slides_a.de.py", GERMAN)
    course.add("intro/slides_a.en.py", ENGLISH)
    built(course)
    course.add("intro/slides_a.de.py", GERMAN.replace("Hallo", "Servus"))

    report, outputs = built(course)

    assert {job.source.rpartition("/")[2]: job.outcome.value for job in report.jobs} == {
        "slides_a.de.py": "built",
        "slides_a.en.py": "skipped",
    }
    assert b"Servus" in outputs["De"]["Woche/01 Einführung.py"]
