"""A lesson that has a bit of everything that pages show, and results of code of each kind."""

from __future__ import annotations

from typing import Any

LESSON = """\
# j2 from 'macros.j2' import header
# {{ header("Listen", "Lists") }}

# %% [markdown] lang="en" tags=["subslide"]
# ## Lists
#
# A list has *values*, `len()` of them, $x^2$, and [a link](https://example.org).[^1]
#
# [^1]: A footnote.
#
# > [!NOTE]
# > A note with `code`.
#
# > [!TIP]
# > A tip.
#
# > [!IMPORTANT]
# > Important.
#
# > [!WARNING]
# > A warning with [a link](https://example.org).
#
# > [!CAUTION]
# > A caution.
#
# :::{dropdown} More
# Folded.
# :::

# %% tags=["keep"]
planets = ["Mercury", "Venus"]  # a comment
print(f"{planets[0]} and {len(planets) + 1}")

# %% [markdown] lang="en" tags=["notes"]
# Let them **guess** `planets[-1]`.

# %% [markdown] lang="en" tags=["voiceover"]
# Here is a list.

# %% [markdown] lang="en" tags=["subslide"]
# ## Tables and pictures
#
# | City | Rain |
# |---|--:|
# | Bonn | 46.0 |
#
# ![A drawing](img/a.svg)
#
# ```{code-block} python
# :emphasize-lines: 2
#
# @decorator
# def f(x: int) -> str:  # marked
#     return f"{x}"
# ```
#
# - [x] done
# - [ ] open
#
# > A quotation, <kbd>Ctrl</kbd> and <mark>marked</mark>.
#
# ### Details
#
# 1. One
# 2. Two
#
# Term
# : Definition

# %%
import sys
print("careful", file=sys.stderr)

# %% tags=["raises-exception"]
def inner(values):
    return values[9]
inner(planets)

# %% [markdown] lang="en" tags=["workshop", "subslide"]
# ## Exercise: rain
#
# On how many days?

# %% [markdown] lang="en" tags=["answer"]
# On `thirteen` days.

# %% tags=["answer"]
sum(1 for _ in planets)
"""

_TRACEBACK = [
    "\x1b[0;31m---------------------------------------------------------------------\x1b[0m",
    "\x1b[0;31mIndexError\x1b[0m                   Traceback (most recent call last)",
    "Cell \x1b[0;32mIn[1], line 3\x1b[0m\n\x1b[1;32m      1\x1b[0m \x1b[38;5;28mdef\x1b[39m f",
    "\x1b[0;31mIndexError\x1b[0m: list index out of range",
]
RESULTS: list[dict[str, Any]] = [
    {"output_type": "stream", "name": "stdout", "text": "a <b> & \x1b[31mred\x1b[0m\n"},
    {"output_type": "stream", "name": "stderr", "text": "\x1b[33mwarning\x1b[0m\n"},
    {
        "output_type": "execute_result",
        "execution_count": 1,
        "metadata": {},
        "data": {"text/html": "<table><tbody><tr><td>1</td></tr></tbody></table>"},
    },
    {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": "<svg/>"}},
    {"output_type": "display_data", "metadata": {}, "data": {"text/markdown": "**b**"}},
    {"output_type": "display_data", "metadata": {}, "data": {"text/latex": "$x<y$"}},
    {
        "output_type": "error",
        "ename": "IndexError",
        "evalue": "list index out of range",
        "traceback": _TRACEBACK,
    },
]
