"""Files with hidden cells that are no decks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clm_plugin_notebook.decks.hidden_cells import has_hidden_cells
from clm_plugin_notebook.decks.hiding_tags import HIDING_TAGS

HIDDEN = sorted(HIDING_TAGS - {"start", "workshop"})


@pytest.mark.parametrize("tag", HIDDEN)
@pytest.mark.parametrize(
    "header",
    [
        '# %% [markdown] lang="de" tags=["slide", "{}"]',
        "# %% tags=['{}']",
        "#%%[markdown] tags=[{}]",
        '// %% tags=["{}"]',
        '# + tags=["{}"]',
        '<!-- #region tags=["{}"] -->',
        '+++ {{"tags": ["{}"]}}',
        '```python tags=["{}"]',
    ],
)
def test_tag_in_header_found(header: str, tag: str) -> None:
    assert has_hidden_cells("part.py", f"x = 1\n{header.format(tag)}\nsecret\n")


@pytest.mark.parametrize(
    "text",
    [
        '# %% [markdown] slideshow={"slide_type": "notes"}\n# secret\n',
        "x = 1\n### BEGIN SOLUTION\nx = 2\n### END SOLUTION\n",
        "# BEGIN HIDDEN TESTS\nassert x\n# END HIDDEN TESTS\n",
    ],
)
def test_other_hidden_cells_found(text: str) -> None:
    assert has_hidden_cells("part.py", text)


@pytest.mark.parametrize(
    "text",
    [
        "# notes\nnotes = ['private']\n",
        '# %% [markdown] tags=["slide", "keep"]\n# notes\n',
        "# %%\n# take notes, private ones\nx = 1\n",
        'tags = ["notes"]\n',
        "",
    ],
)
def test_other_files_accepted(text: str) -> None:
    assert not has_hidden_cells("helper.py", text)


def notebook(**metadata: Any) -> str:
    return json.dumps({"cells": [{"cell_type": "markdown", "metadata": metadata, "source": ""}]})


@pytest.mark.parametrize(
    "metadata",
    [{"tags": ["notes"]}, {"tags": ["x", "alt"]}, {"slideshow": {"slide_type": "notes"}}],
)
def test_hidden_cells_of_notebook_found(metadata: dict[str, Any]) -> None:
    assert has_hidden_cells("extra.ipynb", notebook(**metadata))


@pytest.mark.parametrize(
    "text",
    [notebook(tags=["keep"]), "[]", "no JSON", '{"cells": 1}', '{"cells": [1, {"metadata": 2}]}'],
)
def test_other_notebooks_accepted(text: str) -> None:
    assert not has_hidden_cells("extra.ipynb", text)
