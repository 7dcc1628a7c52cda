from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.audiences import KINDS, Audience, run_cells, shown_cells, with_workshops
from clm_plugin_notebook.decks.cells import JUPYTER_TAGS, KNOWN_TAGS, Cell
from clm_plugin_notebook.decks.display import REMOVE_CELL
from clm_plugin_notebook.decks.grading import Grading

cells = st.builds(
    Cell,
    type=st.sampled_from(["code", "markdown", "raw"]),
    source=st.just("the source"),
    tags=st.frozensets(st.sampled_from(sorted(KNOWN_TAGS | JUPYTER_TAGS)), max_size=3),
    language=st.sampled_from([None, "de", "en"]),
)
TEACHERS = ("recording", "speaker", "trainer")
kinds = st.sampled_from(sorted(KINDS))
decks = st.lists(cells, max_size=12).map(
    lambda found: with_workshops([evolve(c, number=n) for n, c in enumerate(found, 1)], "en")
)


def shown(cell: Cell, kind: str, *, language: str = "en", public: bool = True) -> Cell | None:
    return next(iter(shown_cells([cell], Audience(language, kind, public))), None)


def text(cell: Cell, kind: str, *, language: str = "en") -> str | None:
    seen = shown(cell, kind, language=language, public=kind not in TEACHERS)
    return seen.source if seen else None


def code(*tags: str) -> Cell:
    return Cell("code", "x = 1", frozenset(tags))


def markdown(*tags: str) -> Cell:
    return Cell("markdown", "text", frozenset(tags))


def by_kind(cell: Cell) -> tuple[str | None, str | None, str | None]:
    return text(cell, "code-along"), text(cell, "completed"), text(cell, "speaker")


SOLVED = "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
TESTED = "f()\n### BEGIN HIDDEN TESTS\nassert f() == 1\n### END HIDDEN TESTS"


def test_solution_replaced_in_code_along() -> None:
    student, completed, speaker = by_kind(Cell("code", SOLVED))
    assert student == "def f():\n    # YOUR CODE HERE"
    assert completed == speaker == SOLVED


def test_hidden_tests_never_public() -> None:
    for kind in KINDS:
        cell = shown(Cell("code", TESTED, frozenset({"keep"})), kind)
        assert cell is None or cell.source == "f()"
    assert text(Cell("code", TESTED), "speaker") == TESTED


def test_solution_cell_replaced_in_code_along() -> None:
    solution = Cell("code", "x = 1", frozenset({"keep"}), grading=Grading(solution=True))
    assert by_kind(solution) == ("# YOUR CODE HERE", "x = 1", "x = 1")
    answer = Cell("markdown", "text", grading=Grading(solution=True))
    assert by_kind(answer) == ("YOUR ANSWER HERE", "text", "text")


def test_given_cell_kept_in_code_along() -> None:
    assert by_kind(Cell("code", "f()", grading=Grading(locked=True))) == ("f()", "f()", "f()")


def test_answer_of_any_type_left_out() -> None:
    for cell_type in ("code", "raw"):
        assert text(Cell(cell_type, "x", frozenset({"answer", "keep"})), "code-along") == ""


def test_code_empty_in_code_along() -> None:
    assert by_kind(code()) == ("", "x = 1", "x = 1")


def test_kept_code_shown_everywhere() -> None:
    assert by_kind(code("keep")) == ("x = 1", "x = 1", "x = 1")


def test_start_code_only_in_code_along() -> None:
    assert by_kind(code("start")) == ("x = 1", None, None)


def test_alternatives_not_in_code_along() -> None:
    assert by_kind(code("alt")) == (None, "x = 1", "x = 1")
    assert by_kind(markdown("alt")) == (None, "text", "text")


def test_deleted_cells_shown_nowhere() -> None:
    assert by_kind(code("del")) == (None, None, None)
    assert by_kind(markdown("del")) == (None, None, None)


def test_notes_only_for_speaker() -> None:
    student, completed, speaker = by_kind(markdown("notes"))
    assert (student, completed) == (None, None)
    assert speaker is not None
    assert "yellow" in speaker
    assert "\n\ntext\n\n" in speaker


def test_answers_empty_in_code_along() -> None:
    assert by_kind(markdown("answer")) == ("*Answer:* ", "*Answer:* text", "*Answer:* text")


def test_answer_label_in_output_language() -> None:
    assert text(markdown("answer"), "code-along", language="de") == "*Antwort:* "


def test_cell_shown_in_own_language() -> None:
    german = Cell("markdown", "Text", language="de")
    assert shown(german, "completed", language="de") == german
    assert shown(german, "completed", language="en") is None


def test_private_cells_in_private_outputs() -> None:
    assert shown(markdown("private"), "completed", public=False) == markdown("private")


def test_trainer_sees_notes_not_voiceover() -> None:
    assert text(markdown("notes"), "trainer") is not None
    assert text(markdown("voiceover"), "trainer") is None
    assert text(markdown("voiceover"), "recording") is not None


def test_workshop_emptied_in_partial() -> None:
    deck = [code(), markdown("workshop"), code(), code("start"), code("keep"), code("alt")]
    deck += [markdown("answer"), code("end-workshop"), code("start"), code("alt")]
    cells = shown_cells(with_workshops(deck, "en"), Audience("en", "partial", public=True))
    expected = ["x = 1", "text", "", "x = 1", "x = 1", "*Answer:* ", "x = 1", "x = 1"]
    assert [cell.source for cell in cells] == expected


def test_other_language_workshop_ignored() -> None:
    german = Cell("markdown", "Aufgabe", frozenset({"workshop"}), "de")
    assert [c.in_workshop for c in with_workshops([german, code()], "en")] == [False, False]
    assert [c.in_workshop for c in with_workshops([german, code()], "de")] == [True, True]


def test_only_markdown_starts_workshop() -> None:
    (cell,) = with_workshops([code("workshop")], "en")
    assert not cell.in_workshop


def test_answer_label_defaults_and_override() -> None:
    def answer(language: str, **answers: str) -> str:
        (cell,) = shown_cells([markdown("answer")], Audience(language, "code-along", True, answers))
        return cell.source

    assert answer("fr") == "*Réponse:* "
    assert answer("pt-BR") == "*Resposta:* "
    assert answer("xx") == "*Answer:* "
    assert answer("fr", fr="Solution") == "*Solution:* "


@given(decks, kinds, st.sampled_from(["de", "en"]))
def test_public_outputs_exclude_private_cells(
    deck: tuple[Cell, ...], kind: str, language: str
) -> None:
    for cell in shown_cells(deck, Audience(language, kind, public=True)):
        assert "private" not in cell.tags
        assert "del" not in cell.tags
        assert cell.language in (None, language)


@given(decks, kinds, st.booleans(), st.sampled_from(["html", "slides", "pdf", "notebook", "code"]))
def test_removed_cell_in_teachers_files_only(
    deck: tuple[Cell, ...], kind: str, public: bool, format: str
) -> None:
    shown = shown_cells(deck, Audience("en", kind, public, format=format))
    if public or format not in ("notebook", "code"):
        assert not any(REMOVE_CELL & cell.tags for cell in shown)


@given(decks, st.sampled_from(["completed", "speaker"]), st.booleans())
def test_run_cells_include_shown_code(deck: tuple[Cell, ...], kind: str, public: bool) -> None:
    audience = Audience("en", kind, public)
    run = run_cells(deck, audience)
    assert {c for c in shown_cells(deck, audience) if c.type == "code"} <= set(run)
    assert not any(public and "private" in cell.tags for cell in run)


@given(decks, st.sampled_from(["code-along", "completed", "partial"]), st.booleans())
def test_students_see_no_notes(deck: tuple[Cell, ...], kind: str, public: bool) -> None:
    for cell in shown_cells(deck, Audience("en", kind, public)):
        assert not cell.tags & {"notes", "voiceover", "del"}


@given(decks)
def test_code_along_keeps_code_cells(deck: tuple[Cell, ...]) -> None:
    removed = {"alt", "completed", "del", "notes", "voiceover", "private", *REMOVE_CELL}
    expected = [
        cell.number
        for cell in deck
        if cell.type == "code" and cell.language != "de" and not cell.tags & removed
    ]
    shown = shown_cells(deck, Audience("en", "code-along", public=True))
    assert [cell.number for cell in shown if cell.type == "code"] == expected
    assert all(
        not cell.source or cell.tags & {"keep", "start"} for cell in shown if cell.type == "code"
    )


@given(decks, kinds, st.booleans(), st.sampled_from(["de", "en", "fr"]))
def test_filtering_is_idempotent(
    deck: tuple[Cell, ...], kind: str, public: bool, language: str
) -> None:
    audience = Audience(language, kind, public)
    once = shown_cells(deck, audience)
    assert shown_cells(once, audience) == once


@pytest.mark.parametrize("tag", sorted(KNOWN_TAGS))
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_filtering_idempotent_for_every_tag(tag: str, kind: str) -> None:
    audience = Audience("en", kind, public=False)
    for cell in (code(tag), markdown(tag), evolve(code(tag), in_workshop=True)):
        once = shown_cells([cell], audience)
        assert shown_cells(once, audience) == once


@given(decks)
def test_partial_is_code_along_in_workshops(
    deck: tuple[Cell, ...],
) -> None:
    def shown_in(kind: str) -> dict[int, Cell]:
        return {c.number: c for c in shown_cells(deck, Audience("en", kind, public=True))}

    completed, code_along = shown_in("completed"), shown_in("code-along")
    for cell in deck:
        expected = code_along if cell.in_workshop else completed
        assert shown_in("partial").get(cell.number) == expected.get(cell.number)


@given(cells, kinds, st.booleans())
def test_cell_tags_and_number_unchanged(cell: Cell, kind: str, public: bool) -> None:
    seen = shown(cell, kind, public=public)
    if seen is not None:
        assert (seen.type, seen.tags, seen.number) == (cell.type, cell.tags, cell.number)


def test_boxed_lines_keep_their_places() -> None:
    cell = Cell("markdown", "first\nsecond", frozenset({"notes"}), source_line=11)
    (shown,) = shown_cells([cell], Audience("en", "speaker", public=False))
    line = shown.source.split("\n").index("second") + 1
    assert shown.source_line + line - 1 == 12


@given(decks)
def test_recorder_fills_in_what_students_do(deck) -> None:
    """The kind is for the trainer, but what is recorded is shown to students."""
    students = shown_cells(deck, Audience("en", "code-along", public=True))
    assert shown_cells(deck, Audience("en", "recording-code-along", public=False)) == students
