"""Files with hidden cells that are no decks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clm_plugin_notebook.decks.hiding.hidden_cells import has_hidden_cells
from clm_plugin_notebook.decks.hiding.hiding_tags import HIDING_TAGS

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
        '<!-- #region slideshow={"slide_type": "notes"} -->\nsecret\n<!-- #endregion -->\n',
        '# %% tags=["privat"]\nsecret\n',
        "# %% private\nsecret\n",
        '# %% tags=["notes"\nsecret\n',
        "```{code-cell} ipython3\n:tags: [remove-cell]\nsecret\n```\n",
        "```{code-cell}\n---\ntags:\n- keep\n- notes\n---\nsecret\n```\n",
        "```{r, tags=c('private')}\nsecret\n```\n",
        "-- %% tags=['notes']\n-- secret\n",
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
        'tags = ["notes"]\nself.tags = "private"\n',
        '# %% tags=["start"]\nx = 1\n',
        '# %% [markdown] lang="de"\n# Text\n',
        "%%bash\nls\n",
        "",
    ],
)
def test_other_files_accepted(text: str) -> None:
    assert not has_hidden_cells("helper.py", text)


def notebook(**metadata: Any) -> str:
    cell = {"cell_type": "markdown", "metadata": metadata, "source": "text"}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})


@pytest.mark.parametrize(
    "metadata",
    [
        {"nbgrader": {"solution": True, "grade": False, "grade_id": "a"}},
        {"tags": ["notes"]},
        {"tags": ["x", "alt"]},
        {"tags": {"notes": True}},
        {"slideshow": {"slide_type": "notes"}},
    ],
)
def test_hidden_cells_of_notebook_found(metadata: dict[str, Any]) -> None:
    assert has_hidden_cells("extra.ipynb", notebook(**metadata))


@pytest.mark.parametrize("metadata", [{"tags": ["keep"]}, {"lang": "de"}, {"scrolled": True}])
def test_other_notebooks_accepted(metadata: dict[str, Any]) -> None:
    assert not has_hidden_cells("extra.ipynb", notebook(**metadata))


@pytest.mark.parametrize("text", ["[]", "no JSON", '{"cells": 1}', '{"cells": [1]}'])
def test_unreadable_notebook_may_have_them(text: str) -> None:
    assert has_hidden_cells("extra.ipynb", text)
