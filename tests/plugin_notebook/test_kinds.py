from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.cells import JUPYTER_TAGS, KNOWN_TAGS, Cell
from clm_plugin_notebook.kinds import KINDS, shown_cell

cells = st.builds(
    Cell,
    type=st.sampled_from(["code", "markdown", "raw"]),
    source=st.just("the source"),
    tags=st.frozensets(st.sampled_from(sorted(KNOWN_TAGS | JUPYTER_TAGS)), max_size=3),
    language=st.sampled_from([None, "de", "en"]),
)
kinds = st.sampled_from(sorted(KINDS))


def shown(cell: Cell, kind: str, *, language: str = "en", public: bool = True) -> Cell | None:
    return shown_cell(cell, language=language, kind=kind, public=public)


def text(cell: Cell, kind: str, *, language: str = "en") -> str | None:
    seen = shown(cell, kind, language=language, public=kind != "speaker")
    return seen.source if seen else None


def code(*tags: str) -> Cell:
    return Cell("code", "x = 1", frozenset(tags))


def markdown(*tags: str) -> Cell:
    return Cell("markdown", "text", frozenset(tags))


def by_kind(cell: Cell) -> tuple[str | None, str | None, str | None]:
    return text(cell, "code-along"), text(cell, "completed"), text(cell, "speaker")


def test_code_is_empty_for_code_along_only() -> None:
    assert by_kind(code()) == ("", "x = 1", "x = 1")


def test_kept_code_is_everywhere() -> None:
    assert by_kind(code("keep")) == ("x = 1", "x = 1", "x = 1")


def test_code_to_start_with_is_for_code_along_only() -> None:
    assert by_kind(code("start")) == ("x = 1", None, None)


def test_alternatives_are_not_for_code_along() -> None:
    assert by_kind(code("alt")) == (None, "x = 1", "x = 1")
    assert by_kind(markdown("alt")) == (None, "text", "text")


def test_deleted_cells_are_nowhere() -> None:
    assert by_kind(code("del")) == (None, None, None)
    assert by_kind(markdown("del")) == (None, None, None)


def test_notes_are_for_the_speaker_in_yellow() -> None:
    student, completed, speaker = by_kind(markdown("notes"))
    assert (student, completed) == (None, None)
    assert speaker is not None
    assert "yellow" in speaker
    assert "\n\ntext\n\n" in speaker


def test_answers_are_left_to_the_student() -> None:
    assert by_kind(markdown("answer")) == ("*Answer:* ", "*Answer:* text", "*Answer:* text")


def test_answers_are_announced_in_the_language_of_the_output() -> None:
    assert text(markdown("answer"), "code-along", language="de") == "*Antwort:* "


def test_a_cell_with_a_language_is_in_no_other() -> None:
    german = Cell("markdown", "Text", language="de")
    assert shown(german, "completed", language="de") == german
    assert shown(german, "completed", language="en") is None


def test_private_cells_are_in_outputs_that_are_not_public() -> None:
    assert shown(markdown("private"), "completed", public=False) == markdown("private")


@given(cells, kinds)
def test_no_public_output_has_private_cells(cell: Cell, kind: str) -> None:
    if "private" in cell.tags:
        assert shown(cell, kind, public=True) is None


@given(cells, st.sampled_from(["code-along", "completed"]), st.booleans())
def test_students_see_neither_notes_nor_deleted_cells(cell: Cell, kind: str, public: bool) -> None:
    if cell.tags & {"notes", "voiceover", "del"}:
        assert shown(cell, kind, public=public) is None


@given(cells)
def test_code_along_shows_code_only_where_a_tag_says_so(cell: Cell) -> None:
    seen = shown(cell, "code-along")
    if seen is not None and seen.type == "code" and seen.source:
        assert seen.tags & {"keep", "start"}


@given(cells, kinds, st.booleans())
def test_tags_and_place_of_a_cell_do_not_change(cell: Cell, kind: str, public: bool) -> None:
    seen = shown(cell, kind, public=public)
    if seen is not None:
        assert (seen.type, seen.tags, seen.number) == (cell.type, cell.tags, cell.number)
