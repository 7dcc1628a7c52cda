"""One deck in each way in which decks are written, and the cells that are made of it."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import nbformat

from clm import Variant
from clm_plugin_notebook.languages import ProgLang

DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Ein Titel",
#           "A Title") }}

# %% [markdown] lang="en" tags=["slide"]
# ## English

# %% [markdown] lang="de"
# ## Deutsch

# %% tags=["keep"]
x = "# %% no header"
# a comment

# %% tags=["alt"]
y = 2
"""
MARKDOWN = """\
---
jupyter: {}
---
# j2 from 'macros.j2' import header
{{ header("Ein Titel", "A Title") }}

<!-- #region lang="en" tags=["slide"] -->
## English

```python
shown, not run
```
<!-- #endregion -->

Text for all
goes on


and another cell.

```python tags=["keep"]
x = 1
```

```bash
ls
```

```python tags=["alt"]
y = 2
```
"""


def variant(kind: str, format: str, *, language: str = "en", public: bool = True) -> Variant:
    return Variant(language, kind, format, PurePosixPath(language, format, kind), public)


def in_language(deck: str, lang: ProgLang) -> str:
    return "\n".join(
        lang.comment + line[1:] if line.startswith("#") else line for line in deck.split("\n")
    )


def cells(topic: Any, deck: str | bytes, kind: str = "completed", language: str = "en") -> Any:
    """Type and source of the cells of the notebook that is made of a deck."""
    topic.only(variant(kind, "notebook", language=language))
    (text,) = topic.outputs(deck).values()
    made = nbformat.reads(text, as_version=4)
    nbformat.validate(made)
    return [(cell.cell_type, cell.source) for cell in made.cells]


def as_notebook(*made: dict[str, Any], **metadata: Any) -> str:
    content = [
        {"cell_type": "markdown", "metadata": {}, "source": "", **cell}
        | ({"outputs": [], "execution_count": None} if cell.get("cell_type") == "code" else {})
        for cell in made
    ]
    return json.dumps({"cells": content, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4})
