"""Links from decks to other outputs, found during planning."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

from clm_plugin_notebook.decks.links import text_links


def links(text: str, comment: str = "#") -> list[str]:
    found = text_links(text, "a.py", comment)
    return [f"{evolve(link.place, column=None)}: {link.path}" for link in found]


def test_link_has_line_and_column() -> None:
    line = "# See `[a](x.html)` [b](02%20B.html#part) and <a href='03 C.ipynb'>c</a>, [d](<4.pdf>)."
    found = list(text_links(f"# %% [markdown]\n# Text\n{line}\n", "a.py", "#"))
    assert [str(link.path) for link in found] == ["02 B.html", "03 C.ipynb", "4.pdf"]
    columns = [line.index(text) + 1 for text in ("02%20B", "03 C", "4.pdf")]
    assert [(link.place.line, link.place.column) for link in found] == [(3, c) for c in columns]


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("[b](b.pdf)", "b.pdf"),
        ("[b](<02 B.html>)", "02 B.html"),
        ('[b](../x/b.HTML "title")', "../x/b.HTML"),
        ("[![picture](p.png)](b.html)", "b.html"),
        ("[a [b] c](b.html)", "b.html"),
        ("[data](../data/x.csv)", "../data/x.csv"),
        ('<a class="x" href="b.html">', "b.html"),
    ],
)
def test_every_link_syntax_found(written: str, path: str) -> None:
    assert links(f"# {written}") == [f"a.py:1: {path}"]


@pytest.mark.parametrize(
    "line",
    [
        "# [site](https://example.org/b.html) [part](#b.html) [root](/b.html)",
        "# [data](data/x.csv) ![picture](../b.html)",
        "# `[b](b.html)` and ``<a href='b.html'>``",
        "# [b]({{ title }}.html)",
        "show('[b](b.html)')",
        "page = '<a href=\"b.html\">'",
    ],
)
def test_non_deck_links_ignored(line: str) -> None:
    assert links(line) == []


def test_other_comment_tokens_and_markdown() -> None:
    assert links("// [b](b.html)\n# [b](c.html)", "//") == ["a.py:1: b.html"]
    assert links("[b](b.html)", "") == ["a.py:1: b.html"]


def test_links_in_plan_not_payload(topic: Any) -> None:
    plain, linked = topic.plan("# %%\n1\n"), topic.plan("# %%\n1\n# [b](b.html)\n")
    assert plain.links == ()
    (link,) = linked.links
    assert str(link.place) == "slides/slides_deck.py:3:7"
    assert linked.payload == plain.payload


def test_notebook_links_name_cells(topic: Any) -> None:
    topic.name = "slides_deck.ipynb"
    cells = [
        {"cell_type": "code", "metadata": {}, "source": "'[b](b.html)'", "outputs": []},
        {"cell_type": "markdown", "metadata": {}, "source": ["Text\n", "[b](b.html)"]},
    ]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (link,) = topic.plan(json.dumps(notebook)).links
    assert str(link.place) == "slides/slides_deck.ipynb (cell 2, line 2)"
