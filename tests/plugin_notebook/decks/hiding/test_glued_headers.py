"""Headers that a template puts behind other text: they start no cell, so the deck fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm_plugin_notebook.decks.deck import Deck, InvalidDeckError
from clm_plugin_notebook.decks.formats.markdown import read_markdown
from clm_plugin_notebook.decks.formats.script import read_script
from clm_plugin_notebook.decks.macros import macro_texts
from clm_plugin_notebook.decks.templates import TemplateTexts, expand
from clm_plugin_notebook.languages import PYTHON

HEADER = '# %% [markdown] tags=["notes"]\n# secret\n'
PUBLIC = "# %% [markdown]\n# public\n"


def read(folder: Path, text: str, suffix: str = ".py") -> Deck:
    deck = folder / f"slides_a{suffix}"
    deck.write_text(text)
    texts = {**macro_texts("percent", ["de", "en"]), "part.j2": "# no line end"}
    variables = {"comment": "#", "languages": {"de": "de", "en": "en"}, "author": "", "lang": "en"}
    variables["organization"] = ""
    templates = [TemplateTexts(texts, "templates/")]
    expansion = expand(deck, deck.name, templates, comment="#", variables=variables)
    return (read_markdown if suffix == ".md" else read_script)(expansion, PYTHON)


@pytest.mark.parametrize(
    "text",
    [
        PUBLIC + "{%- set x = 1 -%}\n" + HEADER,
        PUBLIC + "{#- remark -#}\n" + HEADER,
        PUBLIC + '{% include "part.j2" %}' + HEADER,
        "# %%\nx = 1\n{%- set x = 1 -%}\n" + HEADER,
        '# %% [markdown]\n"""\npublic\n"""\n{%- set x = 1 -%}\n' + HEADER,
        PUBLIC + "{%- set x = 1 -%}\n# %%\nsecret = 1\n",
        "# j2 macro more()\n"
        + HEADER
        + "# j2 endmacro\n"
        + PUBLIC
        + "{%- set x = 1 %} {{ more() }}",
        "# j2 from 'macros.j2' import header\n# {{ header('Eins', 'One') -}}\n\n" + HEADER,
    ],
)
def test_header_behind_text_is_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidDeckError, match="looks like a cell header"):
        read(tmp_path, text)


@pytest.mark.parametrize(
    "header",
    ['<!-- #region tags=["notes"] -->', '+++ {"tags": ["notes"]}', '```python tags=["notes"]'],
)
def test_markdown_header_behind_text_is_error(tmp_path: Path, header: str) -> None:
    with pytest.raises(InvalidDeckError, match="looks like a cell header"):
        read(tmp_path, f"public\n{{%- set x = 1 -%}}\n{header}\nsecret\n", ".md")


def test_header_in_code_span_accepted(tmp_path: Path) -> None:
    text = "# %% [markdown]\n# {{ 'Cells' }} begin with `# %% [markdown]`.\n"
    assert len(read(tmp_path, text).cells) == 1


def test_composed_header_starts_cell(tmp_path: Path) -> None:
    text = PUBLIC + "{% set tags = ['notes'] %}# %% [markdown] tags={{ tags }}\n# secret\n"
    assert read(tmp_path, text).cells[1].tags == {"notes"}
