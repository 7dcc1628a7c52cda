"""A transform that replaces `[exercises]` with the number of exercises of each difficulty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve
from clm_plugin_notebook.api import OutputInfo, ShownCell

from clm_plugin_difficulty.plugin import LEVELS

MARK = "[exercises]"


def with_summary(cells: Sequence[ShownCell], info: OutputInfo) -> Iterable[ShownCell]:
    counts = {
        texts.get(info.language, name): sum(f"difficulty-{name}" in cell.tags for cell in cells)
        for name, texts in LEVELS.items()
    }
    text = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    for cell in cells:
        is_markdown = cell.type == "markdown"
        yield evolve(cell, source=cell.source.replace(MARK, text)) if is_markdown else cell
