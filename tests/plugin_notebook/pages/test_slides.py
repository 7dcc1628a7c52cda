"""Arrangement of cells into slides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.pages.slides import Slide, shown_positions, slide_stacks, without_box

TYPES = (None, "slide", "subslide", "fragment", "skip", "notes")


def stacks(*types: str | None) -> list[list[tuple[list[list[int]], list[int]]]]:
    cells = [Cell("markdown", "x", slide_type=slide_type) for slide_type in types]
    return [[(only_column(s), s.notes) for s in stack] for stack in slide_stacks(cells)]


def only_column(slide: Slide) -> list[list[int]]:
    ((column,),) = slide.rows
    return column


def rows(*words: str) -> list[list[list[list[int]]]]:
    """Return the rows of the only slide; each cell has a slide type or tags, or nothing."""
    cells = [
        Cell(
            "markdown",
            "x",
            tags=frozenset(word.split()),
            slide_type=next((w for w in word.split() if w in TYPES), None),
            split="split" in word.split(),
        )
        for word in words
    ]
    ((slide,),) = slide_stacks(cells)
    return slide.rows


def test_split_cells_stand_side_by_side() -> None:
    assert rows("slide", "split", "split", "") == [[[[0]]], [[[1]], [[2]]], [[[3]]]]


def test_split_cells_go_in_pairs() -> None:
    found = rows("slide split", "split", "split", "split", "split")
    assert found == [[[[0]], [[1]]], [[[2]], [[3]]], [[[4]]]]


def test_split_cell_may_be_a_fragment() -> None:
    assert rows("slide split", "split fragment") == [[[[0]], [[], [1]]]]


def test_columns_after_split_cells() -> None:
    found = rows("slide split", "split", "column", "column", "end-columns")
    assert found == [[[[0]], [[1]]], [[[2]], [[3]]], [[[4]]]]


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


TAGS = st.frozensets(st.sampled_from(["column", "end-columns"]))


@given(st.lists(st.tuples(st.sampled_from(TYPES), TAGS)))
def test_unskipped_cells_shown_once(drawn: list[tuple[str | None, frozenset[str]]]) -> None:
    cells = [Cell("markdown", "x", tags=tags, slide_type=slide_type) for slide_type, tags in drawn]
    wanted = [n for n, cell in enumerate(cells) if cell.slide_type != "skip"]
    assert shown_positions(slide_stacks(cells)) == wanted


def test_columns_side_by_side() -> None:
    assert rows("slide", "column", "column") == [[[[0]]], [[[1]], [[2]]]]


def test_column_includes_following_cells() -> None:
    assert rows("slide", "column", "", "column", "") == [[[[0]]], [[[1, 2]], [[3, 4]]]]


def test_end_of_columns_has_full_width() -> None:
    assert rows("slide column", "column", "end-columns", "") == [[[[0]], [[1]]], [[[2, 3]]]]


def test_columns_start_again_below() -> None:
    found = rows("slide", "column", "column", "end-columns", "column", "column")
    assert found == [[[[0]]], [[[1]], [[2]]], [[[3]]], [[[4]], [[5]]]]


def test_fragment_appears_in_its_column() -> None:
    assert rows("slide column", "fragment", "column fragment") == [[[[0], [1]], [[], [2]]]]


def test_end_without_columns_changes_nothing() -> None:
    assert rows("slide", "end-columns", "") == [[[[0, 1, 2]]]]


def test_next_slide_ends_columns() -> None:
    cells = [
        Cell("markdown", "x", tags=frozenset({"column"}), slide_type="slide"),
        Cell("markdown", "x", tags=frozenset({"column"})),
        Cell("markdown", "x", slide_type="subslide"),
    ]
    ((first, second),) = slide_stacks(cells)
    assert (first.rows, second.rows) == ([[[[0]], [[1]]]], [[[[2]]]])


def test_notes_are_no_column() -> None:
    assert rows("slide", "column", "notes column", "column") == [[[[0]]], [[[1]], [[3]]]]


def test_notes_box_removed() -> None:
    boxed = '<div style="background: yellow; color: black">\n\nAsk.\n\n</div>'
    assert without_box(boxed) == "Ask."
    assert without_box("<div>Ask.</div>") == "<div>Ask.</div>"
