"""Decks through plan and worker to the bytes of their outputs."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from clm import ConversionError, Variant
from clm_plugin_notebook.planning import plan

DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Ein Titel", "A Title") }}

# %% [markdown] lang="de" tags=["slide"]
# ## Deutsch

# %% [markdown] lang="en" tags=["slide"]
# ## English

# %% tags=["keep"]
print("kept", 6 * 7)

# %% tags=["alt"]
print("alternative")

# %% tags=["start"]
print("to begin with")

# %% [markdown] lang="en" tags=["notes"]
# Speak slowly.

# %% [markdown] lang="en" tags=["answer"]
# It is 42.
"""


def test_deck_yields_fourteen_outputs(topic: Any) -> None:
    outputs = topic.outputs(DECK)
    assert len(outputs) == 14
    assert "kept 42" in outputs["en/html/completed"]
    assert "alternative" in outputs["en/html/completed"]
    assert "Speak slowly" in outputs["en/html/speaker"]
    assert "Speak slowly" not in outputs["en/html/completed"]
    cells = json.loads(outputs["en/notebook/code-along"])["cells"]
    assert [c["cell_type"] for c in cells]


def test_unknown_format_is_error(topic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(plan._SUFFIXES, "epub", ".epub")
    book = Variant("en", "code-along", "epub", PurePosixPath("epub"), True)
    with pytest.raises(ConversionError, match="unknown format of deck output: 'epub'"):
        topic.only(book).convert("# %% [markdown]\n# # Title\n")
