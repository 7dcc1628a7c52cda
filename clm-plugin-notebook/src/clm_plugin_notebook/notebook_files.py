"""Notebooks and code files, rendered from the cells of an output."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import nbformat
from attrs import frozen
from nbformat import NotebookNode, v4

from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.languages import ProgLang
from clm_plugin_notebook.lazy_jupyter import jupytext

_FORMAT_MINOR = 5


@frozen
class Page:
    """The cells of an output and their ids, which are the same in all outputs of a deck."""

    cells: Sequence[Cell]
    ids: Sequence[str]
    title: str
    language: str


def cell_ids(cells: Iterable[Cell]) -> list[str]:
    """Return an id for each cell, derived from its content: other edits do not change it."""
    seen: Counter[str] = Counter()
    ids = []
    for cell in cells:
        digest = hashlib.sha256(f"{cell.type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[digest] += 1
        ids.append(f"{digest}-{seen[digest]}" if seen[digest] > 1 else digest)
    return ids


def render_notebook(page: Page, prog_lang: ProgLang) -> bytes:
    """Render the cells as a Jupyter notebook without results."""
    notebook = _notebook(page, prog_lang)
    nbformat.validate(notebook)
    # nbformat.writes would validate it again.
    text: str = v4.writes_json(notebook)
    return _encoded(text)


def render_code(page: Page, prog_lang: ProgLang) -> bytes:
    """Render the cells in percent format, without languages and tags that only CLM knows."""
    cells = list(map(_new_cell, page.cells, page.ids))
    for node, cell in zip(cells, page.cells, strict=True):
        node.metadata |= _kept_metadata(cell)
    filters = {"notebook_metadata_filter": "-all", "cell_metadata_filter": "all"}
    notebook = v4.new_notebook(cells=cells, metadata={"jupytext": filters})
    text: str = jupytext.writes(notebook, fmt=prog_lang.percent_format)
    return _encoded(text)


def _notebook(page: Page, prog_lang: ProgLang) -> NotebookNode:
    cells = []
    for cell, cell_id in zip(page.cells, page.ids, strict=True):
        node = _new_cell(cell, cell_id)
        if cell.slide_type:
            node.metadata["slideshow"] = {"slide_type": cell.slide_type}
        node.metadata |= _kept_metadata(cell)
        cells.append(node)
    metadata = {
        "kernelspec": dict(prog_lang.kernelspec),
        "language_info": dict(prog_lang.language_info),
    }
    notebook: NotebookNode = nbformat.from_dict(
        {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": _FORMAT_MINOR}
    )
    return notebook


def _kept_metadata(cell: Cell) -> dict[str, Any]:
    """Return the metadata by which Jupyter's tools run and display the cell."""
    tags = {"tags": list(cell.jupyter_tags)} if cell.jupyter_tags else {}
    return {**cell.display.as_dict(cell.type), **tags}


def _encoded(text: str) -> bytes:
    return (text.rstrip("\n") + "\n").encode()


def _new_cell(cell: Cell, cell_id: str) -> NotebookNode:
    # nbformat's own functions validate each cell, which takes longer than everything else.
    node: dict[str, Any] = {
        "cell_type": cell.type,
        "id": cell_id,
        "metadata": {},
        "source": cell.source,
    }
    if cell.type == "code":
        node |= {"execution_count": None, "outputs": []}
    made: NotebookNode = nbformat.from_dict(node)
    return made
