"""Reader of decks in percent format without Jinja."""

from __future__ import annotations

from collections.abc import Iterable

from clm import Place
from clm_plugin_notebook.decks.deck import Deck
from clm_plugin_notebook.decks.formats.script import read_script
from clm_plugin_notebook.decks.templates import Expansion
from clm_plugin_notebook.languages import PYTHON, ProgLang


class _Plain(Expansion):
    """A text that is its own expansion."""

    def place(self, line: int | None, cell: str | None = None) -> Place:
        return Place(self.source, line, cell=cell)


def read_text_deck(text: str, prog_lang: ProgLang = PYTHON, languages: Iterable[str] = ()) -> Deck:
    """Return the deck of a text without Jinja, with its places."""
    return read_script(_Plain(text, "deck", {}, lambda: text), prog_lang, languages)


def plain_deck(text: str, source: str = "deck.md") -> Expansion:
    """Return a text without Jinja as an expanded deck."""
    return _Plain(text, source, {}, lambda: text)
