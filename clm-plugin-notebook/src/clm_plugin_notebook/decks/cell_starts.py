"""Cells of a text notebook as jupytext reads them, each with the line that it starts at."""

from __future__ import annotations

from copy import copy
from typing import Any

from attrs import frozen

from clm_plugin_notebook.lazy_jupyter import jupytext


@frozen
class FoundCell:
    """A cell: `start` and `end` are the indexes of its first line and of the line behind it.

    `type`, `source` and `metadata` are jupytext's.
    """

    start: int
    end: int
    type: str
    source: str
    metadata: dict[str, Any]


def find_cells(text: str, extension: str, format_name: str) -> list[FoundCell]:
    """The cells of a script in their order; indexes are those of `text.splitlines()`.

    The format is one of jupytext's for the extension. A YAML header is no cell.
    """
    total = len(text.splitlines())
    fmt = {"extension": extension, "format_name": format_name}
    converter = jupytext.jupytext.TextNotebookConverter(fmt, None)
    starts: list[int] = []

    class Reader(converter.implementation.cell_reader_class):  # type: ignore[misc, name-defined]
        """jupytext's reader of one cell, which is given all lines that are left."""

        def read(self, rest: list[str]) -> tuple[Any, int]:
            starts.append(total - len(rest))
            cell: tuple[Any, int] = super().read(rest)
            return cell

    converter.implementation = copy(converter.implementation)
    converter.implementation.cell_reader_class = Reader
    nodes = converter.reads(text).cells
    # What comes before the cells of the script was made of its header.
    nodes = nodes[len(nodes) - len(starts) :]
    ends = [*starts, total][1:] if starts else []
    return [
        FoundCell(start, end, node.cell_type, node.source, dict(node.metadata))
        for start, end, node in zip(starts, ends, nodes, strict=True)
    ]
