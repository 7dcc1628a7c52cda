"""Decks in R Markdown and in R: their cells are those that jupytext reads."""

from __future__ import annotations

from typing import Any

import jupytext
import pytest
from deck_reading import plain_deck, read_text_deck
from deck_sources import cells
from hypothesis import example, given
from hypothesis import strategies as st

from clm import ConversionError
from clm_plugin_notebook.decks.formats.r_markdown import read_r_markdown
from clm_plugin_notebook.languages import PYTHON, R

DECK = """\
---
title: Own title
output: html_document
---

# Title

Text

```{r setup, include=FALSE}
library(stats)
```

```{r, tags=c("private"), lang="en"}
secret
```

```{r echo=FALSE}
x
```

```{r, eval=FALSE}
never_run()
```

<!-- #region tags=["notes"] -->
secret
<!-- #endregion -->

```r
shown
```
"""


def test_r_markdown_cells_and_options() -> None:
    found = read_r_markdown(plain_deck(DECK, "deck.Rmd"), R).cells
    nodes = jupytext.reads(DECK, fmt="Rmd").cells
    expected = [(node.cell_type, node.source) for node in nodes if node.cell_type != "raw"]
    assert [(cell.type, cell.source) for cell in found] == expected
    assert [set(cell.tags) for cell in found if cell.tags] == [
        {"remove_cell"},
        {"private"},
        {"remove_input"},
        {"skip-execution"},
        {"notes"},
    ]
    private = found[2]
    assert (private.language, private.line, private.source_line) == ("en", 14, 15)


@pytest.mark.parametrize(
    ("options", "tags"),
    [
        ("r, error=TRUE", {"raises-exception"}),
        ("r, error=FALSE", set()),
        ("r, include=F", {"remove-cell"}),
        ("r, echo=F, eval=F", {"remove-input", "skip-execution"}),
        ("r, eval=FALSE, error=TRUE", {"skip-execution", "raises-exception"}),
        ('r, eval=FALSE, engine="bash"', {"skip-execution"}),
        ("python, eval=FALSE", {"skip-execution"}),
    ],
)
def test_options_of_knitr_are_tags(options: str, tags: set[str]) -> None:
    (cell,) = read_r_markdown(plain_deck(f"```{{{options}}}\nx\n```\n", "deck.Rmd"), R).cells
    assert cell.tags == tags


LINES = st.sampled_from(
    [
        *("", "", "text", "# Title", "```{r}", '```{r, tags=c("keep")}', "```r", "```", "x <- 1"),
        *('<!-- #region tags=["keep"] -->', "<!-- #endregion -->", "```{r plot, fig.width=5}"),
    ]
)


@given(st.lists(LINES, max_size=12))
@example(["```{r}", "```{r}", "```"])
def test_r_markdown_cells_are_jupytexts(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        found = read_r_markdown(plain_deck(text, "deck.Rmd"), R).cells
    except ConversionError:
        return
    nodes = jupytext.reads(text, fmt="Rmd").cells
    assert [(c.type, c.source) for c in found] == [(n.cell_type, n.source) for n in nodes]


@pytest.mark.parametrize(
    ("chunk", "reason"),
    [
        ('```{r, tags="private"}\nsecret\n```', "the metadata of a cell cannot be read"),
        ('``` {r, tags=c("private")}\nsecret\n```', "looks like a cell header"),
        ('  ```{r, tags=c("private")}\nsecret\n  ```', "looks like a cell header"),
        ("```{r}\n#| include: false\nsecret\n```", "looks like a cell header"),
        ("```{r}\n#| tags: [private]\nsecret\n```", "looks like a cell header"),
        ('```{r, tag=c("private")}\nsecret\n```', "may be meant as `tags`"),
        ("```{python}\nsecret\n```", "the chunk is in 'python'"),
        ('```{r ls, engine="bash"}\nsecret\n```', "the chunk is in 'bash'"),
        ('# %% [markdown] tags=["notes"]\nsecret', "looks like a cell header"),
    ],
)
def test_unclear_chunk_is_error(chunk: str, reason: str) -> None:
    with pytest.raises(ConversionError) as caught:
        read_r_markdown(plain_deck(f"# Title\n\n{chunk}\n", "deck.Rmd"), R)
    (error,) = caught.value.diagnostics
    assert reason in error.message
    assert error.hint
    assert error.place and error.place.line in (3, 4)


def test_spin_read_as_jupytext_does() -> None:
    text = "#' # Title\n#' text\n\nx <- 1\n\n#+ tags=c('private'), eval=FALSE\ny <- 2\n"
    found = read_text_deck(text, R).cells
    nodes = jupytext.reads(text, fmt="R:spin").cells
    assert [(c.type, c.source) for c in found] == [(n.cell_type, n.source) for n in nodes]
    assert found[-1].tags == {"private", "skip-execution"}


def test_unreadable_metadata_of_script_is_error() -> None:
    header = "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n"
    header += "#       extension: .py\n#       format_name: light\n# ---\n\n"
    with pytest.raises(ConversionError, match="cannot be read") as caught:
        read_text_deck(f'{header}# + tags="notes"\nsecret\n\n# -\n', PYTHON)
    assert caught.value.place and caught.value.place.line == 9


@pytest.mark.parametrize("name", ["slides_deck.Rmd", "slides_deck.r", "slides_deck.R"])
def test_suffix_sets_language_r(topic: Any, name: str) -> None:
    topic.name = name
    is_script = not name.endswith("Rmd")
    deck = "# %% tags=['keep']\nx <- 1\n" if is_script else "# Title\n\n```{r}\nx <- 1\n```\n"
    assert topic.plan(deck).payload.prog_lang.name == "r"
    assert ("code", "x <- 1") in cells(topic, deck)


def test_chunks_set_language(topic: Any) -> None:
    topic.name = "slides_deck.Rmd"
    deck = "# Title\n\n```{python}\nx = 1\n```\n"
    assert topic.plan(deck).payload.prog_lang.name == "python"
    assert cells(topic, deck)[-1] == ("code", "x = 1")


def test_quarto_deck_is_error(topic: Any) -> None:
    topic.name = "slides_deck.qmd"
    with pytest.raises(ConversionError, match="'quarto', which is not supported") as caught:
        topic.plan("# Title\n")
    assert "quarto convert" in str(caught.value.diagnostics[0].hint)
