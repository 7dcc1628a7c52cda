"""Notebooks and code files, rendered from the cells of an output."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import nbformat
from attrs import frozen
from nbformat import NotebookNode

from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.formats.cell_nodes import new_node
from clm_plugin_notebook.decks.text.script_links import without_script_links_in_markdown
from clm_plugin_notebook.languages import ProgLang
from clm_plugin_notebook.lazy_jupyter import jupytext

_FORMAT_MINOR = 5
_NO_CELLS = '"cells": []'


@frozen
class Page:
    """The cells of an output and their ids."""

    cells: Sequence[Cell]
    ids: Sequence[str]
    title: str
    language: str


def render_notebook(page: Page, prog_lang: ProgLang) -> bytes:
    """Render the cells as a Jupyter notebook without results, as nbformat writes it."""
    cells = [
        _cell_text(cell.type, _source(cell), json.dumps(_metadata(cell)), cell_id)
        for cell, cell_id in zip(page.cells, page.ids, strict=True)
    ]
    languages = {
        "kernelspec": dict(prog_lang.kernelspec),
        "language_info": dict(prog_lang.language_info),
    }
    text = _empty_notebook(json.dumps(languages))
    if cells:
        joined = ",\n  ".join(cells)
        text = text.replace(_NO_CELLS, f'"cells": [\n  {joined}\n ]', 1)
    return _encoded(text)


# The notebooks of a deck's kinds and languages have most cells in common, and nbformat would copy
# each before it writes it, and check it again.
@lru_cache(maxsize=256)
def _cell_text(cell_type: str, source: str, metadata: str, cell_id: str) -> str:
    """The JSON text of a cell in a notebook; `metadata` are JSON."""
    node = new_node(cell_type, source, json.loads(metadata), cell_id)
    node["source"] = source.splitlines(keepends=True)
    return _indented(node).replace("\n", "\n  ")


@lru_cache(maxsize=64)
def _empty_notebook(metadata: str) -> str:
    """The JSON text of a notebook without cells; `metadata` are JSON."""
    return _indented(_notebook((), json.loads(metadata)))


def _indented(node: NotebookNode) -> str:
    return json.dumps(node, indent=1, sort_keys=True, ensure_ascii=False)


def render_code(page: Page, prog_lang: ProgLang) -> bytes:
    """Render the cells in percent format, without languages and tags that only CLM knows."""
    cells = [
        new_node(cell.type, _source(cell), _kept_metadata(cell), cell_id)
        for cell, cell_id in zip(page.cells, page.ids, strict=True)
    ]
    filters = {"notebook_metadata_filter": "-all", "cell_metadata_filter": "all"}
    notebook = _notebook(cells, {"jupytext": filters})
    text: str = jupytext.writes(notebook, fmt=prog_lang.percent_format)
    return _encoded(text)


def _notebook(cells: Sequence[NotebookNode], metadata: Mapping[str, Any]) -> NotebookNode:
    notebook: NotebookNode = nbformat.from_dict(
        {"metadata": metadata, "nbformat": 4, "nbformat_minor": _FORMAT_MINOR}
    )
    notebook["cells"] = list(cells)
    return notebook


def _source(cell: Cell) -> str:
    return cell.source if cell.type == "code" else without_script_links_in_markdown(cell.source)


def _metadata(cell: Cell) -> dict[str, Any]:
    slideshow = {"slideshow": {"slide_type": cell.slide_type}} if cell.slide_type else {}
    style = {"cell_style": "split"} if cell.split else {}
    graded = {"nbgrader": cell.grading.as_metadata()} if cell.grading.role else {}
    return slideshow | style | graded | _kept_metadata(cell)


def _kept_metadata(cell: Cell) -> dict[str, Any]:
    """Return the metadata by which Jupyter's tools run and display the cell."""
    tags = {"tags": list(cell.jupyter_tags)} if cell.jupyter_tags else {}
    return {**cell.display.as_dict(cell.type), **tags}


def _encoded(text: str) -> bytes:
    return (text.rstrip("\n") + "\n").encode()
