"""YAML in decks: limits, and what is not YAML."""

from __future__ import annotations

import pytest
from deck_reading import plain_deck, read_text_deck

from clm import ConversionError
from clm_plugin_notebook.decks.deck import Deck
from clm_plugin_notebook.decks.formats.myst import read_myst
from clm_plugin_notebook.languages import PYTHON

LAUGHS = "\n".join(
    ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10))]
)
DEEP = "a: " + "[" * 5_000 + "]" * 5_000
CIRCLE = "a: &a [*a]"
HOSTILE = {"laughs": LAUGHS, "deep": DEEP, "circle": CIRCLE}


def read_myst_cell(metadata: str) -> Deck:
    return read_myst(plain_deck(f"```{{code-cell}}\n---\n{metadata}\n---\n1\n```\n"), PYTHON)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_endless_metadata_of_myst_refused(text: str) -> None:
    with pytest.raises(ConversionError, match="nested too deeply or"):
        read_myst_cell(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_endless_header_of_script_refused(text: str) -> None:
    lines = "".join(f"#   {line}\n" for line in text.split("\n"))
    with pytest.raises(ConversionError, match="nested too deeply or"):
        read_text_deck(f"# ---\n# jupyter:\n{lines}# ---\n\n# %%\n1\n", PYTHON)


def test_broken_header_is_error() -> None:
    with pytest.raises(ConversionError, match="the YAML header") as caught:
        read_text_deck("# ---\n# jupyter:\n#   a: [\n# ---\n\n# %%\n1\n", PYTHON)
    assert caught.value.place and caught.value.place.line == 1


def test_few_aliases_read() -> None:
    (cell,) = read_myst_cell("a: &a [x]\ntags: *a").cells
    assert cell.tags == {"x"}
