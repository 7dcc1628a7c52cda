"""Decks as authors write them, in each format and language, read as jupytext reads them."""

from __future__ import annotations

import jupytext
import pytest
from deck_reading import plain_deck, read_text_deck

from clm import ConversionError
from clm_plugin_notebook.decks.formats.markdown import read_markdown
from clm_plugin_notebook.decks.formats.myst import read_myst
from clm_plugin_notebook.languages import PROG_LANGS, PYTHON, ProgLang, R

HEADER = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: EXTENSION
#       format_name: FORMAT
#   kernelspec:
#     display_name: Kernel
#     language: LANGUAGE
#     name: KERNEL
# ---

"""
PERCENT = """\
# %% [markdown] tags=["slide"]
# # Title
#
# A list:
#
# - one
#   - two
#
# ```mermaid
# %% a comment
# graph LR
# ```

# %% Setup tags=["keep"]
x = 1

y = 2
# a comment


# %%
# %%time
z = 3

# %% [raw]
# raw text

# %% tags=["private"] lang="en"
w = "# %% no header"

# %%

# %% [markdown] lang="de"
# Ende
"""
LIGHT = """\
# # Title
#
# Some text

x = 1
y = 2

# + tags=["keep"]
z = 3

w = 4
# -

# + [markdown] tags=["notes"]
# A note
# -

# + active=""
# raw text
# -

v = 5
"""
SPHINX = '''\
"""
Title
=====

Text
"""

x = 1

###############################################################################
# More text

y = 2
'''
SPIN = """\
#' # Title
#'
#' Text

x <- 1

#+ plot, echo=FALSE
y <- 2

#' End
"""
SCRIPTS = [
    *(
        (lang, format_name, text)
        for lang in PROG_LANGS.values()
        for format_name, text in (("percent", PERCENT), ("hydrogen", PERCENT), ("light", LIGHT))
    ),
    (PYTHON, "sphinx", SPHINX),
    (R, "spin", SPIN),
]


@pytest.mark.parametrize(("lang", "format_name", "body"), SCRIPTS)
def test_script_read_as_jupytext_does(lang: ProgLang, format_name: str, body: str) -> None:
    extension = f".{lang.percent_format.partition(':')[0]}"
    header = HEADER.replace("EXTENSION", extension).replace("FORMAT", format_name)
    header = header.replace("LANGUAGE", "R" if lang is R else lang.name).replace(
        "KERNEL", lang.kernel
    )
    text = "".join(
        line.replace("#", lang.comment, 1) if line.startswith("# ") or line == "#\n" else line
        for line in (header + body).splitlines(keepends=True)
    )
    nodes = jupytext.reads(text, fmt={"extension": extension, "format_name": format_name}).cells
    assert len(nodes) > 2
    read = [(cell.type, cell.source) for cell in read_text_deck(text, lang).cells]
    assert read == [(node.cell_type, node.source) for node in nodes]


def test_unknown_language_in_header_is_error() -> None:
    header = HEADER.replace("EXTENSION", ".R").replace("FORMAT", "percent")
    text = header.replace("LANGUAGE", "r").replace("KERNEL", "ir") + "# %%\n# %%time\nx\n"
    with pytest.raises(ConversionError, match="does not know the language 'r'") as caught:
        read_text_deck(text, R)
    assert "language: R" in str(caught.value.diagnostics[0].hint)


@pytest.mark.parametrize("entry", ["kernelspec: 4", "jupytext: 4", "jupytext: [a]"])
def test_wrong_type_in_header_is_error(entry: str) -> None:
    text = f"# ---\n# jupyter:\n#   {entry}\n# ---\n\n# %%\n1\n"
    with pytest.raises(ConversionError, match="YAML header has a value of a wrong type") as caught:
        read_text_deck(text)
    assert caught.value.place and caught.value.place.line == 1


MARKDOWN = """\
---
jupyter:
  kernelspec:
    display_name: Python 3
    language: python
    name: python3
---

# Title

Text with `code`


Another cell

```python tags=["keep"]
x = 1

y = 2
```

<!-- #region tags=["notes"] -->
A note

```python
shown
```
<!-- #endregion -->

```text
plain
```
"""
MYST = """\
---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Title

:::{note}
Text
:::

```{code-cell} ipython3
:tags: [keep]

x = 1
```

+++ {"tags": ["notes"]}

A note

+++

```python
shown
```

```{code-cell} ipython3
---
tags: [private]
lang: en
---
y = 2
```
"""


def test_markdown_read_as_jupytext_does() -> None:
    nodes = jupytext.reads(MARKDOWN, fmt="md:markdown").cells
    read = [(c.type, c.source) for c in read_markdown(plain_deck(MARKDOWN), PYTHON).cells]
    assert read == [(node.cell_type, node.source) for node in nodes]


def test_myst_read_as_jupytext_does() -> None:
    nodes = jupytext.reads(MYST, fmt="md:myst").cells
    read = [(c.type, c.source) for c in read_myst(plain_deck(MYST), PYTHON).cells]
    assert read == [(node.cell_type, node.source) for node in nodes]
