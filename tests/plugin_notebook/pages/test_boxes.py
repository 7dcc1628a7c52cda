"""Boxes of pages for what students do, answers and speakers, and drawings that follow the mode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest

from clm import CourseTheme, Variant
from clm_plugin_notebook.pages.answers import Answers, runs
from clm_plugin_notebook.pages.html.drawings import is_drawing
from clm_plugin_notebook.payload import NotebookSettings

DECK = """\
# %% [markdown] lang="en"
# # Title

# %% [markdown] lang="en" tags=["workshop"]
# ## Lists
#
# Task.

# %% [markdown] lang="en" tags=["answer"]
# Thirteen.

# %% tags=["answer"]
1 + 1

# %% [markdown] lang="en" tags=["notes"]
# Let them guess.

# %% [markdown] lang="en" tags=["voiceover"]
# Hello.
"""


@pytest.fixture
def page(topics: Callable[[], Any]) -> Callable[..., str]:
    """Return the English page of a kind, without results."""

    def make(kind: str, deck: str = DECK, format: str = "html", **changes: Any) -> str:
        public = kind not in ("speaker", "trainer")
        variant = Variant("en", kind, format, PurePosixPath("x"), public)
        topic = topics().only(variant, options={"evaluate": "no"}, **changes)
        (text,) = topic.outputs(deck).values()
        return str(text)

    return make


def test_answers_folded_for_students(page: Callable[..., str]) -> None:
    html = page("completed")
    assert html.count('<details class="answers"><summary>Show answer</summary>') == 1
    box = html.partition('<details class="answers">')[2].partition("</details>")[0]
    assert "Thirteen." in box
    assert 'class="mi"' in box


def test_given_answers_need_no_room(page: Callable[..., str]) -> None:
    assert '<div class="container"' in page("completed")


def test_answers_open_for_speaker(page: Callable[..., str]) -> None:
    assert page("speaker").count('<details class="answers" open><summary>Answer</summary>') == 1


@pytest.mark.parametrize("kind", ["code-along", "partial"])
def test_room_for_answers_not_folded(page: Callable[..., str], kind: str) -> None:
    html = page(kind)
    assert "<details" not in html
    assert '<div class="container room"' in html


def test_classic_folds_nothing(page: Callable[..., str]) -> None:
    html = page("speaker", theme=CourseTheme("classic"))
    assert 'class="answers"' not in html
    assert 'class="role-title"' not in html


def test_slides_fold_no_answers(page: Callable[..., str]) -> None:
    assert 'class="answers"' not in page("completed", format="slides")


def test_speaker_boxes_have_titles(page: Callable[..., str]) -> None:
    html = page("speaker")
    for title in ("Exercise", "Speaker notes", "Spoken text"):
        assert f'<p class="role-title">{title}</p>' in html


def test_heading_that_says_it_is_title(page: Callable[..., str]) -> None:
    assert 'class="role-title"' not in page("completed", DECK.replace("## Lists", "## Exercise: x"))


def test_neighbours_in_one_box() -> None:
    class Item:
        def __init__(self, *roles: str) -> None:
            self.roles = roles

    items = [Item(), Item("answer"), Item("answer", "workshop"), Item("notes"), Item("answer")]
    made = runs(items, Answers.FOLDED)
    assert [(len(run.cells), run.boxed, run.open) for run in made] == [
        (1, False, False),
        (2, True, False),
        (1, False, False),
        (1, True, False),
    ]
    assert [cell for run in made for cell in run.cells] == items


@pytest.mark.parametrize(
    ("svg", "drawing"),
    [
        (b"<svg><path/></svg>", True),
        (b'<svg><image href="data:image/png;base64,"/></svg>', False),
        (b"<svg><style>@media (prefers-color-scheme: dark) {}</style></svg>", False),
        (b"<svg><style>a { fill: light-dark(#000, #fff) }</style></svg>", False),
    ],
)
def test_only_drawings_follow_mode(svg: bytes, drawing: bool) -> None:
    assert is_drawing(svg) is drawing


def test_drawing_of_topic_marked(topics: Callable[[], Any]) -> None:
    topic = topics().only(Variant("en", "completed", "html", PurePosixPath("x"), True))
    topic.files = {"img/a.svg": b"<svg><path/></svg>", "img/b.png": b"\x89PNG"}
    deck = "# %% [markdown]\n# # T\n#\n# ![A](img/a.svg) ![B](img/b.png)\n"
    (html,) = topic.outputs(deck).values()
    assert 'class="drawing"' in html
    assert html.count('drawing"') == 1


def test_drawing_of_code_marked() -> None:
    from clm_plugin_notebook.pages.html.fragments import Fragments

    output = {"output_type": "display_data", "data": {"image/svg+xml": "<svg/>"}, "metadata": {}}
    assert 'class="drawing"' in Fragments().output(output, "en").html


@pytest.mark.parametrize(("lines", "wrapped"), [("scrolled", False), ("wrapped", True)])
def test_code_lines_by_setting(page: Callable[..., str], lines: str, wrapped: bool) -> None:
    html = page("completed", settings=NotebookSettings(code_lines=lines))
    assert ('<html lang="en" data-theme="auto" data-code="wrapped">' in html) is wrapped


def test_drawing_of_other_job_marked(topics: Callable[[], Any]) -> None:
    topic = topics().only(Variant("en", "completed", "html", PurePosixPath("x"), True))
    topic.made = {"img/a.svg": b"<svg><path/></svg>"}
    (html,) = topic.outputs("# %% [markdown]\n# # T\n#\n# ![A](img/a.svg)\n").values()
    assert 'class="drawing"' in html
