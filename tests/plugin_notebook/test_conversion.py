"""Decks through plan and worker to the bytes of their outputs."""

from __future__ import annotations

import json
from typing import Any

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
