"""Files with hidden cells that are no decks."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from clm import SourceFile
from clm_plugin_notebook.decks.hiding.hidden_cells import has_hidden_cells
from clm_plugin_notebook.decks.hiding.hiding_tags import HIDING_TAGS
from clm_plugin_notebook.plugin import clm_job_types

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


def is_private(folder: Path, name: str, data: bytes) -> bool:
    """Whether the plugin keeps a file that is no deck from students."""
    path = folder / name
    path.write_bytes(data)
    (job_type,) = clm_job_types()
    digest = hashlib.sha256(data).hexdigest()
    assert job_type.has_private_content is not None
    return job_type.has_private_content(SourceFile(path, PurePosixPath(name), name, digest))


PART = '# %% [markdown] tags=["notes"]\n# Lösung\n'


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "mac-roman", "utf-16", "utf-16-be"])
def test_encoding_hides_no_cells(tmp_path: Path, encoding: str) -> None:
    assert is_private(tmp_path, "part.py", PART.encode(encoding))
    assert is_private(tmp_path, "ascii.py", PART.replace("ö", "o").encode(encoding))
    data = notebook(tags=["notes"]).replace("text", "Lösung").encode(encoding)
    assert is_private(tmp_path, "part.ipynb", data)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_other_encoded_files_accepted(tmp_path: Path, encoding: str) -> None:
    assert not is_private(tmp_path, "helper.py", "# %%\n# Lösung\nx = 1\n".encode(encoding))


@pytest.mark.parametrize(
    "name", ["part.py.old", "part.py,v", "part.py.1", "part.j2", "part.hpp", "part.PYW", "part.tsx"]
)
def test_names_of_copies_and_parts_found(tmp_path: Path, name: str) -> None:
    assert is_private(tmp_path, name, PART.encode())


@pytest.mark.parametrize("text", ["::: notes\nx\n:::\n", '<aside class="notes">x</aside>\n'])
def test_blocks_for_speakers_found(tmp_path: Path, text: str) -> None:
    assert is_private(tmp_path, "handout.md", text.encode())


@pytest.mark.parametrize("name", ["extra.ipynb.save", "extra.ipynb.txt", "extra.IPYNB"])
def test_copies_of_notebooks_found(tmp_path: Path, name: str) -> None:
    assert is_private(tmp_path, name, notebook(tags=["notes"]).encode())


def test_data_is_not_searched(tmp_path: Path) -> None:
    assert not is_private(tmp_path, "data.csv", PART.encode())
