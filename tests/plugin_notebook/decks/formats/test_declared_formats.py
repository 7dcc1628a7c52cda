"""Decks in the format that they declare: their cells are those that jupytext reads."""

from __future__ import annotations

import jupytext
import pytest
from deck_reading import plain_deck, read_text_deck
from hypothesis import given
from hypothesis import strategies as st
from nbformat import v4

from clm import ConversionError
from clm_plugin_notebook.decks.deck import Deck, InvalidDeckError
from clm_plugin_notebook.decks.formats.markdown import read_markdown
from clm_plugin_notebook.decks.formats.myst import is_myst, read_myst
from clm_plugin_notebook.languages import PROG_LANGS, PYTHON, ProgLang, R

FORMATS = [
    *(
        (lang, f".{lang.percent_format.partition(':')[0]}", format_name)
        for lang in PROG_LANGS.values()
        for format_name in ("percent", "light", "hydrogen")
    ),
    (PYTHON, ".py", "sphinx"),
    (R, ".R", "spin"),
]
WORDS = st.text("ab =1\n", min_size=1, max_size=20).map(str.strip).filter(bool)
CELLS = st.lists(
    st.builds(
        lambda kind, text, tags: (kind, text, tags),
        st.sampled_from(["code", "markdown"]),
        WORDS,
        st.sampled_from([[], ["keep"], ["notes", "slide"], ["private"]]),
    ),
    min_size=1,
    max_size=4,
)


def written(cells: list[tuple[str, str, list[str]]], extension: str, format_name: str) -> str:
    """Return the text of a notebook in a format, which its header declares."""
    make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}
    notebook = v4.new_notebook(
        cells=[
            make[kind](text, metadata={"tags": tags} if tags else {}) for kind, text, tags in cells
        ],
        metadata={"jupytext": {"cell_metadata_filter": "all"}},
    )
    fmt = {"extension": extension, "format_name": format_name}
    text: str = jupytext.writes(notebook, fmt=fmt)
    assert f"format_name: {format_name}" in text
    return text


def cells_of(deck: Deck) -> list[tuple[str, str, set[str]]]:
    return [(cell.type, cell.source, set(cell.tags)) for cell in deck.cells]


def expected(text: str, extension: str, format_name: str) -> list[tuple[str, str, set[str]]]:
    fmt = {"extension": extension, "format_name": format_name}
    nodes = jupytext.reads(text, fmt=fmt).cells
    return [(n.cell_type, n.source, set(n.metadata.get("tags", []))) for n in nodes]


def deck_of(text: str, prog_lang: ProgLang) -> Deck:
    try:
        return read_text_deck(text, prog_lang)
    except InvalidDeckError as error:  # of several slide tags
        return error.deck


@pytest.mark.parametrize(("prog_lang", "extension", "format_name"), FORMATS)
@given(cells=CELLS)
def test_script_cells_are_those_of_jupytext(
    prog_lang: ProgLang,
    extension: str,
    format_name: str,
    cells: list[tuple[str, str, list[str]]],
) -> None:
    text = written(cells, extension, format_name)
    assert cells_of(deck_of(text, prog_lang)) == expected(text, extension, format_name)


@given(CELLS)
def test_myst_cells_are_those_of_jupytext(cells: list[tuple[str, str, list[str]]]) -> None:
    text = written(cells, ".md", "myst")
    assert is_myst(text, "deck.md")
    try:
        deck = read_myst(plain_deck(text), PYTHON)
    except InvalidDeckError as error:
        deck = error.deck
    assert cells_of(deck) == expected(text, ".md", "myst")


def test_myst_detected_by_directive() -> None:
    text = (
        '# A\n\n+++ {"tags": ["notes"]}\n\nsecret\n\n```{code-cell}\n:tags: [keep]\n\n1 + 2\n```\n'
    )
    assert is_myst(text, "deck.md")
    _, notes, code = read_myst(plain_deck(text), PYTHON).cells
    assert (notes.tags, notes.source) == ({"notes"}, "secret")
    assert (code.type, code.source, code.tags, code.line) == ("code", "1 + 2", {"keep"}, 8)


@pytest.mark.parametrize("text", ["# A\n\n```python\n1\n```\n", "---\ntitle: x\n---\n# A\n"])
def test_plain_markdown_is_not_myst(text: str) -> None:
    assert not is_myst(text, "deck.md")


@pytest.mark.parametrize("format_name", ["pandoc", "quarto", "rmarkdown"])
def test_unsupported_markdown_format_is_error(format_name: str) -> None:
    header = f"---\njupytext:\n  text_representation:\n    format_name: {format_name}\n---\n"
    with pytest.raises(ConversionError, match=format_name):
        is_myst(header + "# A\n", "deck.md")


@pytest.mark.parametrize("format_name", ["light", "sphinx"])
def test_percent_header_in_other_format_is_error(format_name: str) -> None:
    header = "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n"
    header += f"#       extension: .py\n#       format_name: {format_name}\n# ---\n\n"
    text = f'{header}# Title\n\n# %% [markdown] tags=["notes"]\n# secret\n\n# %%\n1\n'
    with pytest.raises(InvalidDeckError, match="looks like a cell header") as caught:
        read_text_deck(text)
    places = [diagnostic.place for diagnostic in caught.value.diagnostics]
    assert [place and place.line for place in places] == [11, 14]


def test_unsupported_script_format_is_error() -> None:
    header = "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n"
    text = f"{header}#       extension: .py\n#       format_name: newer\n# ---\n\n1\n"
    with pytest.raises(ConversionError, match="the format 'newer', which is not supported"):
        read_text_deck(text)


def test_noeval_code_is_text() -> None:
    text = "# A\n\n```python .noeval\nnot run\n```\n\n```python\nrun\n```\n"
    cells = read_markdown(plain_deck(text), PYTHON).cells
    assert [cell.type for cell in cells] == ["markdown", "code"]
    assert "not run" in cells[0].source


def test_myst_cell_of_other_language_rejected() -> None:
    text = "# Title\n\n```{code-cell} ipython3\n1\n```\n\n```{code-cell} julia\n2\n```\n"
    with pytest.raises(ConversionError, match="'julia', but the deck's language is 'python'") as e:
        read_myst(plain_deck(text), PYTHON)
    assert e.value.diagnostics[0].hint is not None


@pytest.mark.parametrize(
    "text",
    [
        "# # Title\n#\n# text\n\nx = 1\n\n# more\n\ny = 2\n",
        "x = 1\n\ny = 2\n",
        '# + tags=["keep"]\nx = 1\n\ny = 2\n# -\n\n# text\n',
        '# region tags=["keep"]\nx = 1\n\ny = 2\n# endregion\n\n# text\n',
        "# {{{ A title\nx = 1\n\n# }}}\n",
        f'"""\nTitle\n=====\n"""\n{"#" * 40}\n# text\n\nx = 1\n\n{"#" * 40}\n# more\n',
    ],
)
def test_script_without_headers_as_in_jupytext(text: str) -> None:
    nodes = jupytext.reads(text, ".py").cells
    cells = [(n.cell_type, n.source, set(n.metadata.get("tags", []))) for n in nodes]
    assert cells_of(read_text_deck(text)) == cells


def test_marimo_script_is_error() -> None:
    text = "import marimo\n\napp = marimo.App()\n\n@app.cell\ndef _():\n    x = 1\n"
    with pytest.raises(ConversionError, match="the format 'marimo', which is not supported"):
        read_text_deck(text)
