"""Files of a topic that students do not get, in builds."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from clm.builder import BuildReport
from clm.testing.course_project import CourseProject

DECK = """\
# %% [markdown] tags=["slide"]
# ## Data
# ![p](img/public.png)

# %% tags=["keep"]
import helper
rows = open("public.csv").read()

# %% [markdown] tags=["notes"]
# ![n](img/notes.png), secret.csv

# %% tags=["private"]
open("secret.csv").read()
"""
FILES = ("img/public.png", "img/notes.png", "public.csv", "secret.csv", "helper.py", "unused.txt")


@pytest.fixture
def course(tmp_path: Path) -> CourseProject:
    return CourseProject(tmp_path, settings={"notebook": {"evaluate": False}})


def built(course: CourseProject, options: str, deck: str = DECK) -> tuple[BuildReport, set[str]]:
    """The report, and the files of the topic in the outputs for students."""
    course.add("intro/slides_a.py", deck)
    for name in FILES:
        course.add(f"intro/{name}", "")
    text = course.spec.read_text(encoding="utf-8")
    course.spec.write_text(text.replace("[intro]", f"[{{id: intro, {options}}}]"), "utf-8")
    report = course.build()
    outputs = course.outputs()
    speaker = {path for path in outputs if path.startswith("speaker/De")}
    assert all(any(path.endswith(name) for path in speaker) for name in FILES)
    public = [PurePosixPath(path) for path in outputs if path.startswith("public/")]
    return report, {name for name in FILES if any(str(path).endswith(name) for path in public)}


def test_students_get_named_files(course: CourseProject) -> None:
    report, public = built(course, "private-files: true")

    assert report.ok
    assert public == {"img/public.png", "public.csv", "helper.py"}
    assert not any(job.diagnostics for job in report.jobs if "kept from" in str(job.diagnostics))


def test_students_get_no_private_files(course: CourseProject) -> None:
    _, public = built(course, "private: [secret.csv, 'notes.*']")

    assert public == {"img/public.png", "public.csv", "helper.py", "unused.txt"}


def test_private_file_on_page_warned(course: CourseProject) -> None:
    report, public = built(course, "private: ['*.png']")

    assert "img/public.png" not in public
    warnings = {str(d) for job in report.jobs for d in job.diagnostics}
    assert any("img/public.png is kept from students" in text for text in warnings)
    assert not any("notes.png" in text for text in warnings)


def test_edit_makes_file_private(course: CourseProject) -> None:
    _, before = built(course, "private-files: true")
    _, after = built(course, "private-files: true", DECK.replace("img/public.png", "img/none.png"))

    assert before - after == {"img/public.png"}


def test_deck_with_errors_names_nothing(course: CourseProject) -> None:
    _, public = built(course, "private-files: true", DECK.replace('"notes"', '"note"'))

    assert public == set()
