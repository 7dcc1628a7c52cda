from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.audiences import KINDS, Audience, shown_cells, with_workshops
from clm_plugin_notebook.decks.cells import JUPYTER_TAGS, KNOWN_TAGS, Cell

cells = st.builds(
    Cell,
    type=st.sampled_from(["code", "markdown", "raw"]),
    source=st.just("the source"),
    tags=st.frozensets(st.sampled_from(sorted(KNOWN_TAGS | JUPYTER_TAGS)), max_size=3),
    language=st.sampled_from([None, "de", "en"]),
)
kinds = st.sampled_from(sorted(KINDS))
decks = st.lists(cells, max_size=12).map(
    lambda found: with_workshops([evolve(c, number=n) for n, c in enumerate(found, 1)], "en")
)


def shown(cell: Cell, kind: str, *, language: str = "en", public: bool = True) -> Cell | None:
    return next(iter(shown_cells([cell], Audience(language, kind, public))), None)


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


def test_a_trainer_sees_notes_but_no_voiceover() -> None:
    assert text(markdown("notes"), "trainer") is not None
    assert text(markdown("voiceover"), "trainer") is None
    assert text(markdown("voiceover"), "recording") is not None


def test_a_workshop_is_left_to_the_student_in_partial_outputs() -> None:
    deck = [code(), markdown("workshop"), code(), code("start"), code("keep"), code("alt")]
    deck += [markdown("answer"), code("end-workshop"), code("start"), code("alt")]
    cells = shown_cells(with_workshops(deck, "en"), Audience("en", "partial", public=True))
    expected = ["x = 1", "text", "", "x = 1", "x = 1", "*Answer:* ", "x = 1", "x = 1"]
    assert [cell.source for cell in cells] == expected


def test_a_workshop_of_another_language_is_none() -> None:
    german = Cell("markdown", "Aufgabe", frozenset({"workshop"}), "de")
    assert [c.in_workshop for c in with_workshops([german, code()], "en")] == [False, False]
    assert [c.in_workshop for c in with_workshops([german, code()], "de")] == [True, True]


def test_only_markdown_begins_a_workshop() -> None:
    (cell,) = with_workshops([code("workshop")], "en")
    assert not cell.in_workshop


def test_the_word_for_an_answer_is_that_of_the_language_or_the_settings() -> None:
    def answer(language: str, **answers: str) -> str:
        (cell,) = shown_cells([markdown("answer")], Audience(language, "code-along", True, answers))
        return cell.source

    assert answer("fr") == "*Réponse:* "
    assert answer("pt-BR") == "*Resposta:* "
    assert answer("xx") == "*Answer:* "
    assert answer("fr", fr="Solution") == "*Solution:* "


@given(decks, kinds, st.sampled_from(["de", "en"]))
def test_public_outputs_have_nothing_that_is_not_for_students(
    deck: tuple[Cell, ...], kind: str, language: str
) -> None:
    for cell in shown_cells(deck, Audience(language, kind, public=True)):
        assert "private" not in cell.tags
        assert "del" not in cell.tags
        assert cell.language in (None, language)


@given(decks, st.sampled_from(["code-along", "completed", "partial"]), st.booleans())
def test_students_see_neither_notes_nor_deleted_cells(
    deck: tuple[Cell, ...], kind: str, public: bool
) -> None:
    for cell in shown_cells(deck, Audience("en", kind, public)):
        assert not cell.tags & {"notes", "voiceover", "del"}


@given(decks)
def test_code_along_has_all_code_cells_but_those_removed(deck: tuple[Cell, ...]) -> None:
    removed = {"alt", "completed", "del", "notes", "voiceover", "private"}
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
def test_filtering_twice_is_filtering_once(
    deck: tuple[Cell, ...], kind: str, public: bool, language: str
) -> None:
    audience = Audience(language, kind, public)
    once = shown_cells(deck, audience)
    assert shown_cells(once, audience) == once


@pytest.mark.parametrize("tag", sorted(KNOWN_TAGS))
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_filtering_twice_is_filtering_once_for_every_tag(tag: str, kind: str) -> None:
    audience = Audience("en", kind, public=False)
    for cell in (code(tag), markdown(tag), evolve(code(tag), in_workshop=True)):
        once = shown_cells([cell], audience)
        assert shown_cells(once, audience) == once


@given(decks)
def test_partial_is_completed_without_and_code_along_within_workshops(
    deck: tuple[Cell, ...],
) -> None:
    def shown_in(kind: str) -> dict[int, Cell]:
        return {c.number: c for c in shown_cells(deck, Audience("en", kind, public=True))}

    completed, code_along = shown_in("completed"), shown_in("code-along")
    for cell in deck:
        expected = code_along if cell.in_workshop else completed
        assert shown_in("partial").get(cell.number) == expected.get(cell.number)


@given(cells, kinds, st.booleans())
def test_tags_and_place_of_a_cell_do_not_change(cell: Cell, kind: str, public: bool) -> None:
    seen = shown(cell, kind, public=public)
    if seen is not None:
        assert (seen.type, seen.tags, seen.number) == (cell.type, cell.tags, cell.number)
