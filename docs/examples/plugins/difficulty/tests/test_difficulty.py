from pathlib import Path

import pytest
from clm.testing import MakeProject, messages

from clm_plugin_difficulty.templates import stars

DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Titel", "Title") }}

# %% [markdown] lang="en"
# There are [exercises].

# %% [markdown] tags=["difficulty-hard"]
# {{ "hard" | stars }}

# %% tags=["difficulty-hard", "notes"]
# Not for students.
"""


@pytest.fixture
def pages(course_project: MakeProject) -> dict[str, str]:
    settings = {"notebook": {"extensions": ["difficulty"], "evaluate": False}}
    plugins = ["notebook", "difficulty"]
    course = course_project({"intro/slides_a.py": DECK}, plugins=plugins, settings=settings)
    report = course.build()
    assert (report.ok, messages(report)) == (True, "")
    return {
        Path(name).parts[-3]: data.decode()
        for name, data in course.outputs().items()
        if name.endswith(".html") and "/En/" in name
    }


def test_badge_in_language_of_page(pages: dict[str, str]) -> None:
    assert '<span class="cell-badge tag-difficulty-hard">hard</span>' in pages["Completed"]


def test_filter_shows_stars(pages: dict[str, str]) -> None:
    assert "★★★" in pages["Completed"]


def test_summary_counts_shown_cells(pages: dict[str, str]) -> None:
    assert "There are 1 hard." in pages["Completed"]
    assert "There are 2 hard." in pages["Speaker"]


def test_stars_for_each_level() -> None:
    assert [stars(level) for level in ("easy", "medium", "hard")] == ["★☆☆", "★★☆", "★★★"]
