"""Arrangement of cells into slides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.pages.slides import shown_positions, slide_stacks, without_box

TYPES = (None, "slide", "subslide", "fragment", "skip", "notes")


def stacks(*types: str | None) -> list[list[tuple[list[list[int]], list[int]]]]:
    cells = [Cell("markdown", "x", slide_type=slide_type) for slide_type in types]
    return [[(s.groups, s.notes) for s in stack] for stack in slide_stacks(cells)]


def test_untagged_cell_joins_previous_slide() -> None:
    assert stacks("slide", None, "slide") == [[([[0, 1]], [])], [([[2]], [])]]


def test_subslide_placed_below() -> None:
    assert stacks("slide", "subslide", None) == [[([[0]], []), ([[1, 2]], [])]]


def test_fragment_includes_following_cells() -> None:
    assert stacks("slide", "fragment", None) == [[([[0], [1, 2]], [])]]


def test_notes_kept_beside_slide() -> None:
    assert stacks("slide", "notes", None) == [[([[0, 2]], [1])]]


def test_first_slide_tag_optional() -> None:
    assert stacks(None, "subslide") == [[([[0]], []), ([[1]], [])]]


def test_first_shown_cell_starts_slide() -> None:
    assert stacks("skip", "fragment", "slide") == [[([[1]], [])], [([[2]], [])]]


def test_early_notes_join_first_slide() -> None:
    assert stacks("notes", "slide", "notes") == [[([[1]], [0, 2])]]
    assert stacks("notes") == [[([[]], [0])]]


@given(st.lists(st.sampled_from(TYPES)))
def test_unskipped_cells_shown_once(types: list[str | None]) -> None:
    cells = [Cell("markdown", "x", slide_type=slide_type) for slide_type in types]
    wanted = [n for n, cell in enumerate(cells) if cell.slide_type != "skip"]
    assert shown_positions(slide_stacks(cells)) == wanted


def test_notes_box_removed() -> None:
    boxed = '<div style="background: yellow; color: black">\n\nAsk.\n\n</div>'
    assert without_box(boxed) == "Ask."
    assert without_box("<div>Ask.</div>") == "<div>Ask.</div>"
