"""Code files and notebooks that CLM writes are read back with the same cells."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from deck_reading import read_text_deck
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.audiences import KINDS, Audience, shown_cells, with_workshops
from clm_plugin_notebook.decks.cells import KNOWN_TAGS, Cell
from clm_plugin_notebook.decks.deck import InvalidDeckError
from clm_plugin_notebook.decks.formats.jupyter import read_jupyter
from clm_plugin_notebook.languages import PROG_LANGS, ProgLang
from clm_plugin_notebook.notebook_files import Page, render_code, render_notebook

LANGS = list(PROG_LANGS.values())
# jupytext writes these in a way that it reads otherwise: an open string, a magic without a body,
# and magics that are comments of text.
LINES = st.sampled_from(
    [
        *("", "x = 1", "text", "    indented", "# comment", "// comment", "## Heading", "- item"),
        *("%matplotlib inline", "!ls", "%% [markdown]", "# %%", "%%", "cat x", "x?", ":dep a"),
        *("// %%", "# %% [markdown]", "# In[3]:", "# +", "# -", "```\nx\n```", "# <codecell>"),
        *("#'", "  # %% [raw]", "\\", "\ttab", "ü ✓", "# ---", "%time x"),
        *("# # %% a", "+++", "<!-- #region -->", '"""text"""', "#'", "{{ x }}", "# noescape"),
    ]
)


def cell_of(kind: str, lines: list[str], tags: frozenset[str]) -> Cell:
    first = ["%%time", "x"] if kind == "magic" else []
    source = "\n".join([*first, *lines]).rstrip("\n")
    return Cell("code" if kind == "magic" else kind, source, tags)


CELLS = st.lists(
    st.builds(
        cell_of,
        st.sampled_from(["code", "magic", "markdown", "raw"]),
        st.lists(LINES, max_size=4),
        st.frozensets(st.sampled_from(sorted(KNOWN_TAGS)), max_size=1),
    ),
    max_size=4,
)


def page_of(cells: list[Cell], kind: str) -> Page:
    numbered = with_workshops([evolve(c, number=n) for n, c in enumerate(cells, 1)], "en")
    shown = shown_cells(numbered, Audience("en", kind, True, format="code"))
    return Page(shown, [f"id-{cell.number}" for cell in shown], "Title", "en")


def contents(cells: object) -> list[tuple[str, str]]:
    return [(cell.type, cell.source) for cell in cells]  # type: ignore[attr-defined]


@pytest.mark.parametrize("lang", LANGS, ids=lambda lang: lang.name)
@given(cells=CELLS, kind=st.sampled_from(sorted(KINDS)))
def test_outputs_read_back_alike(
    tmp_path_factory: pytest.TempPathFactory, lang: ProgLang, cells: list[Cell], kind: str
) -> None:
    page = page_of(cells, kind)
    path: Path = tmp_path_factory.getbasetemp() / "back.ipynb"
    path.write_bytes(render_notebook(page, lang))
    try:
        notebook = read_jupyter(path, "back.ipynb", (), lang.comment).cells
    except InvalidDeckError as error:  # so there is no such deck
        assert "looks like a cell header" in error.message
        return
    assert contents(notebook) == contents(page.cells)
    text = render_code(page, lang).decode()
    assert contents(read_text_deck(text, lang).cells) == contents(page.cells), text
