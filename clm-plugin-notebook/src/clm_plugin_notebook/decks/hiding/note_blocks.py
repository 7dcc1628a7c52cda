"""Blocks in which other tools keep text for speakers: those of Pandoc, Quarto and reveal.js.

Here they hide nothing, so such a block is an error in a cell that students see.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAMES = r"(?:speaker-?)?notes|private|voiceover|hidden|content-(?:hidden|visible)"
# `::: notes`, `::: {.notes}`, `:::{notes}`, and the last two as fences.
_BLOCK = re.compile(
    rf"[\s>]*(?::{{3,}}|`{{3,}}|~{{3,}})\s*"
    rf"(?:\{{\s*(?:[^}}\n]*\s)?\.?(?:{_NAMES})(?=[\s}}])[^}}\n]*\}}.*|(?:{_NAMES})\s*)"
)
_ASIDE = re.compile(r"<aside\b[^>]*\bclass\s*=\s*[\"']?(?:[^\"'>]*\s)?notes\b", re.I)
_FENCE = re.compile(r"\s*(`{3,}|~{3,})([^`]*)")


def note_blocks(text: str) -> Iterator[int]:
    """Yield the number, from 1, of each line of a Markdown text that starts such a block."""
    if not re.search(_NAMES, text):  # as most
        return
    fence = ""
    for number, line in enumerate(text.split("\n"), start=1):
        match = _FENCE.fullmatch(line)
        if not fence and (_BLOCK.fullmatch(line) or _ASIDE.search(line)):
            yield number
        if match and not fence:
            fence = match[1]
        elif match and match[1].startswith(fence) and not match[2].strip():
            fence = ""
