"""Tags near to a tag that hides: the deck fails, and nobody sees the cell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from deck_reading import read_text_deck
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.decks.cells import JUPYTER_TAGS, KNOWN_TAGS
from clm_plugin_notebook.decks.deck import Deck, InvalidDeckError
from clm_plugin_notebook.decks.formats.jupyter import read_jupyter
from clm_plugin_notebook.decks.grading import TESTS
from clm_plugin_notebook.decks.hiding.hiding_tags import HIDING_TAGS, meant_as


def read(header: str, languages: tuple[str, ...] = ("en",)) -> Deck:
    return read_text_deck(f"# %% [markdown] {header}\n# secret\n", languages=languages)


@pytest.mark.parametrize(
    ("tag", "hiding"),
    [
        ("note", "notes"),
        ("Notes", "notes"),
        ("NOTES ", "notes"),
        ("speaker-notes", "notes"),
        ("slide notes", "notes"),
        ("notes, keep", "notes"),
        ("privat", "private"),
        ("Private", "private"),
        ("voice-over", "voiceover"),
        ("voice_over", "voiceover"),
        ("anwser", "answer"),
        ("workshops", "workshop"),
        ("solution", "alt"),
        ("grade", "graded"),
        ("graded-test", "graded"),
        ("Lösung", "alt"),
        ("Musterlösung", "alt"),
        ("Lo\u0308sung", "alt"),
        ("SpeakerNotes", "notes"),
        ("trainernotes", "notes"),
        ("hide", "private"),
        ("hide-from-students", "private"),
        ("dozent", "private"),
    ],
)
def test_similar_tag_is_error(tag: str, hiding: str) -> None:
    with pytest.raises(InvalidDeckError) as caught:
        read(f"tags={json.dumps([tag])}")
    assert f"may be meant as {hiding!r}" in caught.value.message


@pytest.mark.parametrize(
    "tag",
    [
        "exercise",
        "todo",
        "needs-internet",
        "alternative",
        "novice",
        "dev",
        "all",
        "privacy",
        "hide_code",
    ],
)
def test_other_tag_is_warning(tag: str) -> None:
    (warning,) = read(f"tags={json.dumps([tag])}").warnings
    assert "unknown tag" in warning.message


@given(
    st.sampled_from(sorted(HIDING_TAGS)),
    st.sampled_from([str.upper, str.title, " {} ".format, "{},".format, "my-{}".format]),
)
def test_spelling_never_shows_cell(tag: str, spelled: object) -> None:
    assert callable(spelled)
    assert meant_as(spelled(tag)) is not None


def test_known_tags_are_no_errors() -> None:
    for tag in (KNOWN_TAGS | JUPYTER_TAGS) - {TESTS}:
        read(f"tags={json.dumps([tag])}")


@pytest.mark.parametrize("language", ["english", "EN", "fr"])
def test_private_cell_in_other_language_is_error(language: str) -> None:
    with pytest.raises(InvalidDeckError, match="is not a language"):
        read(f'lang="{language}" tags=["notes"]')


@pytest.mark.parametrize(
    "header",
    [
        'tag=["notes"]',
        'Tags=["notes"]',
        'tags_=["private"]',
        'cell_tags=["my", "Notes"]',
        'Lang="de"',
        'language="de"',
        'LANG="en"',
        'slide_type="notes"',
        'slidehow={"slide_type": "Notes"}',
        "private=true",
        "private=True",
        "notes=1",
        'audience="speaker"',
        'visibility="private"',
        'class="notes"',
        'metadata={"tags": ["notes"]}',
        'jupyter={"tags": ["private"]}',
    ],
)
def test_misnamed_attribute_is_error(header: str) -> None:
    with pytest.raises(InvalidDeckError, match="unclear who may see the cell"):
        read(header)


@pytest.mark.parametrize(
    "header", ['tag=["mine"]', 'name="notes"', 'author="private"', 'target=["start"]', "start=5"]
)
def test_other_attribute_accepted(header: str) -> None:
    assert len(read(header).cells) == 1


@pytest.mark.parametrize(
    "value", ['"notes"', '{"slide_type": "Notes"}', '{"slide_type": "note"}', '["notes"]', "7"]
)
def test_malformed_slideshow_is_error(value: str) -> None:
    with pytest.raises(InvalidDeckError, match="`slideshow` must be like"):
        read(f"slideshow={value}")


@pytest.mark.parametrize("value", ["{}", '{"slide_type": "-"}', '{"slide_type": ""}', "null"])
def test_slideshow_without_type_accepted(value: str) -> None:
    assert read(f"slideshow={value}").cells[0].slide_type is None


@pytest.mark.parametrize(
    "title",
    [
        *("markdown", "md", "Raw", "private", "notes", "Notes", "(notes)", "#notes", "notes: text"),
        *("Speaker notes", "tags: notes", "tags:keep", "tags notes", "lang: de"),
    ],
)
def test_title_meant_otherwise_is_error(title: str) -> None:
    with pytest.raises(InvalidDeckError, match="is a title here"):
        read_text_deck(f"# %% {title}\n# secret\n")


@pytest.mark.parametrize("title", ["Notes on speed", "Private methods", "Tags of HTML", "Delete"])
def test_title_with_such_words_accepted(title: str) -> None:
    assert read_text_deck(f"# %% {title}\nx = 1\n").cells[0].source == "x = 1"


def test_workshop_on_code_is_error() -> None:
    with pytest.raises(InvalidDeckError, match="starts no workshop on a code cell"):
        read_text_deck('# %% tags=["workshop"]\n1\n')


@pytest.mark.parametrize("value", ["true", '"solution"', '{"solution": "yes"}', '{"grade": 1}'])
def test_malformed_nbgrader_is_error(value: str) -> None:
    with pytest.raises(InvalidDeckError, match="`nbgrader`"):
        read(f"nbgrader={value}")


def test_rise_notes_are_notes(tmp_path: Path) -> None:
    (cell,) = read('slideshow={"slide_type": "notes"}').cells
    assert "notes" in cell.tags
    metadata = {"slideshow": {"slide_type": "notes"}}
    node = {"cell_type": "markdown", "id": "a", "metadata": metadata, "source": "secret"}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [node]}
    path = tmp_path / "deck.ipynb"
    path.write_text(json.dumps(notebook))
    (cell,) = read_jupyter(path, "deck.ipynb").cells
    assert "notes" in cell.tags
