"""Validity of the decks that the test kit generates."""

from __future__ import annotations

from hypothesis import given, settings

from clm.testing.strategies import decks
from clm_plugin_notebook.decks.formats.script import read_script
from clm_plugin_notebook.decks.templates import Expansion
from clm_plugin_notebook.languages import PYTHON


@settings(deadline=None)
@given(decks())
def test_generated_decks_parse_without_warnings(text: str) -> None:
    _, _, body = text.partition("}}\n")
    deck = read_script(Expansion(body, "deck.py", {}, lambda: body), PYTHON)
    assert deck.warnings == ()
    headers = [line for line in body.split("\n") if line.startswith("# %%")]
    assert len(deck.cells) == len(headers)
