"""A job over the whole course: a book of the notebooks that other jobs deliver."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from course_folder import CourseFolder, messages, outcomes

from clm.builder import Outcome
from clm.testing.installing import load_only, write_metadata

pytestmark = pytest.mark.integration

DECK = """\
# j2 from 'macros.j2' import header
# {{{{ header("{title}", "{title}") }}}}

# %% [markdown] tags=["slide"]
# ## About {title}

# %% [markdown] tags=["notes"]
# Said only.
"""


@pytest.fixture
def course(
    course: CourseFolder,
    install: Callable[..., None],
    shout: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> CourseFolder:
    install("epub")
    write_metadata(shout, "clm-plugin-notebook", "1", {"notebook": "clm_plugin_notebook.plugin"})
    load_only(monkeypatch, ["notebook", "epub"])
    course.settings = {"notebook": {"evaluate": False}}
    course.backend = "inline"
    for name, title in (("intro", "Lists"), ("loops", "Loops")):
        course.add(f"{name}/slides_{name}.py", DECK.format(title=title))
    return course


def chapters(course: CourseFolder, folder: str) -> str:
    (path,) = [p for p in course.outputs() if p.endswith(".epub") and folder in p]
    with ZipFile(BytesIO(course.outputs()[path])) as book:
        names = [name for name in book.namelist() if name.startswith("chapter")]
        return "".join(book.read(name).decode() for name in sorted(names))


def test_book_has_all_decks(course: CourseFolder) -> None:
    report = course.build()
    assert report.ok, messages(report)
    text = chapters(course, "/De/")
    assert text.index("<h1>Lists</h1>") < text.index("About Lists") < text.index("<h1>Loops</h1>")
    assert "Said only" not in text
    assert sum(path.endswith(".epub") for path in course.outputs()) == 2


def test_edited_deck_changes_book(course: CourseFolder) -> None:
    course.build()
    assert set(outcomes(course.build()).values()) == {Outcome.SKIPPED}
    course.add("loops/slides_loops.py", DECK.format(title="Cycles"))
    report = course.build()
    assert outcomes(report)["course.yaml"] is Outcome.BUILT
    assert outcomes(report)["slides_intro.py"] is Outcome.SKIPPED
    assert "<h1>Cycles</h1>" in chapters(course, "/En/")


def test_broken_deck_holds_book_back(course: CourseFolder) -> None:
    course.build()
    before = chapters(course, "/En/")
    course.add("loops/slides_loops.py", "# {{ header(")
    report = course.build()
    assert "course.yaml: not run: it needs notebook:" in messages(report)
    assert chapters(course, "/En/") == before
