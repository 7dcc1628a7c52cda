"""Blocks for speakers of Pandoc, Quarto and reveal.js: errors in cells that students see."""

from __future__ import annotations

import pytest
from deck_reading import read_text_deck

from clm_plugin_notebook.decks.deck import Deck, InvalidDeckError


def read(text: str, header: str = "") -> Deck:
    lines = "".join(f"# {line}\n" for line in text.split("\n"))
    return read_text_deck(f"# %% [markdown] {header}\n{lines}")


BLOCKS = (
    "::: notes\nsecret\n:::",
    ":::: {.notes}\nsecret\n::::",
    "::: {#id .big .notes}\nsecret\n:::",
    ":::{notes}\nsecret\n:::",
    "```{notes}\nsecret\n```",
    "> ::: {.speaker-notes}\n> secret\n> :::",
    '::: {.content-visible when-profile="teacher"}\nsecret\n:::',
    '<aside class="notes">secret</aside>',
    "<aside id='a' class='big notes'>\nsecret\n</aside>",
)


@pytest.mark.parametrize("text", BLOCKS)
def test_block_for_speakers_is_error(text: str) -> None:
    with pytest.raises(InvalidDeckError, match="the block hides nothing from students") as caught:
        read(f"open\n\n{text}")
    (error,) = caught.value.errors
    assert error.place and error.place.line == 4


@pytest.mark.parametrize("text", BLOCKS)
def test_block_in_notes_accepted(text: str) -> None:
    assert read(text, 'tags=["notes"]').cells[0].tags == {"notes"}


@pytest.mark.parametrize(
    "text",
    [
        ":::{note} Further notes\nopen\n:::",
        "::: {.keynotes}\nopen\n:::",
        "````\n::: notes\nopen\n:::\n````",
        "<aside>notes</aside>",
        "Take notes, also private ones.",
    ],
)
def test_other_block_accepted(text: str) -> None:
    assert read(text).cells[0].source == text
