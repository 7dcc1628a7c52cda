"""The revision of the outputs: pages, notebooks and code of two decks, byte for byte."""

from __future__ import annotations

import platform
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import evolve
from revisions import check_revision, digest_of

from clm import Variant
from clm_plugin_notebook.payload import NotebookSettings
from clm_plugin_notebook.versions import REVISION

GOLDEN = Path(__file__).with_name("revision.json")
VARIANTS = (
    *(("code-along", f) for f in ("html", "notebook")),
    *(("completed", f) for f in ("html", "notebook", "code", "slides")),
    *(("speaker", f) for f in ("html", "notebook", "slides")),
    *(("trainer", "html"), ("recording", "notebook"), ("partial", "html")),
)
PUBLIC = ("code-along", "completed", "partial")
DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Eins", "One") }}

# %% [markdown] lang="de" tags=["slide"]
# ## Eine *Folie*
#
# - **Fett**, `Code`, [Verweis](https://example.org), Formel $x^2$
#
# | a | b |
# |---|--:|
# | 1 | 2 |

# %% [markdown] lang="en" tags=["slide"]
# ## A *slide*
#
# 1. [ ] Task
# 2. ~~No~~ footnote[^1]
#
# > [!NOTE]
# > A note
#
# ```python
# x = 1
# ```
#
# [^1]: Text

# %% [markdown] lang="en" tags=["notes"]
# For the speaker.

# %% tags=["keep"]
def helper(x: int) -> str:
    return f"{x} <&>"

# %%
print("out")

# %% tags=["subslide"]
helper(3)

# %% tags=["start"]
answer = ...

# %% lang="en" tags=["completed"]
answer = helper(4)

# %% [markdown] lang="en" tags=["answer"]
# *Answer:* 4

# %% tags=["del"]
secret = 1

# %%
class Table:
    def _repr_html_(self):
        return "<table><tr><td>1</td></tr></table>"

Table()
"""


def outputs(topic: Any, settings: NotebookSettings) -> dict[str, str]:
    """The digests of all outputs; the version of Python is not the plugin's."""
    variants = tuple(
        Variant(language, kind, format, PurePosixPath(language, format, kind), kind in PUBLIC)
        for language in ("de", "en")
        for kind, format in VARIANTS
    )
    topic.context = evolve(topic.context, settings=settings, variants=variants)
    version = platform.python_version()
    found = topic.outputs(DECK)
    return {name: digest_of(text.replace(version, "VERSION")) for name, text in found.items()}


def test_other_outputs_need_revision(topic: Any) -> None:
    run = outputs(topic, NotebookSettings())
    shown = outputs(topic, NotebookSettings(evaluate=False, theme="dark", images="inlined"))
    digests = {f"run/{k}": v for k, v in run.items()} | {f"shown/{k}": v for k, v in shown.items()}
    check_revision(GOLDEN, REVISION, digests, exact=True)
