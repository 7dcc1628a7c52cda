"""Equality of pages with nbconvert's classic pages."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter

from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.kernels.results import CellRun
from clm_plugin_notebook.pages.renderer import PageRenderer
from clm_plugin_notebook.pages.web_page import PageCell, WebPage
from clm_plugin_notebook.payload import PageOptions

CELLS: tuple[tuple[str, str, tuple[dict[str, Any], ...]], ...] = (
    ("markdown", "# A *title* & `code`\n\ntext $x < y$ and $$z$$ [link](a.html 't')", ()),
    ("markdown", "| a | b |\n|---|--:|\n| 1 | ~~2~~ |\n\n- [ ] one\n- [x] two\n  1. three", ()),
    ("markdown", "<div style='x'>\n\n**raw** <b>html</b> &lt;\n\n</div>\n\n---\n> quote", ()),
    (
        "markdown",
        "```python\nx = '<b>'\n```\n\n```\nplain\n```\n\n```nolang\nx\n```\n\n    indented",
        (),
    ),
    (
        "markdown",
        "\\begin{align}\na &= b \\\\\nc &< d\n\\end{align}\n\n\\\\(x\\\\) #notaheading",
        (),
    ),
    (
        "code",
        "%%bash\nls  | wc",
        ({"output_type": "stream", "name": "stdout", "text": "a\n  b<\n"},),
    ),
    ("code", "", ()),
    (
        "code",
        "def f(x):\n    return f'{x}' # comment\n\n!ls\n%time f(1)",
        (
            {"output_type": "stream", "name": "stderr", "text": "\x1b[1;31mred\x1b[0m"},
            {
                "output_type": "execute_result",
                "execution_count": 1,
                "metadata": {},
                "data": {"text/plain": "<object>"},
            },
        ),
    ),
    (
        "code",
        "1/0",
        (
            {
                "output_type": "error",
                "ename": "E",
                "evalue": "v",
                "traceback": ["\x1b[31mE\x1b[0m", "line <2>"],
            },
        ),
    ),
    (
        "code",
        "x",
        (
            {
                "output_type": "display_data",
                "metadata": {},
                "data": {"text/html": "<table><tr><td>1</td></tr></table>", "text/plain": "p"},
            },
            {"output_type": "display_data", "metadata": {}, "data": {"text/latex": "$a<b$"}},
            {"output_type": "display_data", "metadata": {}, "data": {"text/markdown": "**m**"}},
        ),
    ),
)


def classic(kind: str, source: str, outputs: tuple[dict[str, Any], ...]) -> BeautifulSoup:
    node: dict[str, Any] = {"cell_type": kind, "id": "a", "metadata": {}, "source": source}
    if kind == "code":
        node |= {"outputs": list(outputs), "execution_count": 1}
    metadata = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    plain = {"cells": [node], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    exporter: Any = HTMLExporter
    exporter = exporter(template_name="classic", log=logging.getLogger("silent"))
    return BeautifulSoup(exporter.from_notebook_node(nbformat.from_dict(plain))[0], "html.parser")


def ours(kind: str, source: str, outputs: tuple[dict[str, Any], ...]) -> BeautifulSoup:
    run = CellRun(outputs, 1) if kind == "code" else None
    cells = [PageCell(Cell(kind, source), "a", run)]
    page = WebPage("Title", "en", "ipython3", cells, Path("nowhere"), PageOptions())
    return BeautifulSoup(PageRenderer().page(page).html, "html.parser")


def text(soup: BeautifulSoup) -> str:
    body = soup.find(id="notebook")
    assert body is not None
    return re.sub(r"\s+", "", body.get_text())


def classes(soup: BeautifulSoup) -> list[str]:
    body = soup.find(id="notebook")
    assert body is not None
    kept = ("cell", "input", "inner_cell", "output", "prompt", "rendered_html", "highlight")
    found = [" ".join(tag["class"]) for tag in body.find_all(class_=True)]
    return [name for name in found if name.split()[0] in kept]


@pytest.mark.parametrize(("kind", "source", "outputs"), CELLS)
def test_text_matches_classic_page(
    kind: str, source: str, outputs: tuple[dict[str, Any], ...]
) -> None:
    assert text(ours(kind, source, outputs)) == text(classic(kind, source, outputs))


@pytest.mark.parametrize(
    ("kind", "source", "outputs"), [cell for cell in CELLS if cell[0] == "code"]
)
def test_classes_match_classic_page(
    kind: str, source: str, outputs: tuple[dict[str, Any], ...]
) -> None:
    assert classes(ours(kind, source, outputs)) == classes(classic(kind, source, outputs))
