"""Links from decks to other outputs, found during planning."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

from clm_plugin_notebook.decks.text.links import text_links

SUFFIXES = (".py", ".ipynb", ".md")


def links(text: str) -> list[str]:
    found = text_links(text, "a.py", SUFFIXES)
    return [f"{evolve(link.place, column=None)}: {link.path}" for link in found]


def test_link_has_line_and_column() -> None:
    line = "# See [b](02%20B.html#part) and <a href='03 C.ipynb'>c</a>, [d](<4.pdf>)."
    found = list(text_links(f"# %% [markdown]\n# Text\n{line}\n", "a.py", SUFFIXES))
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
        ("<a href=b.html>", "b.html"),
        ("[b](clm:loops)", "clm:loops"),
        ("[b](clm:loops/slides%20b#part)", "clm:loops/slides b"),
        ("[b]: clm:loops", "clm:loops"),
        ("> [b]: <../b/slides_b.py> 'title'", "../b/slides_b.py"),
        ("<clm:loops>", "clm:loops"),
        ("[b](slides_b.md#part)", "slides_b.md"),
        ("[b](05.07-Part one.ipynb)", "05.07-Part one.ipynb"),
        ("[b](a(1).html)", "a(1).html"),
        ("[b\n# c](slides_b.py)", "slides_b.py"),
    ],
)
def test_every_link_syntax_found(written: str, path: str) -> None:
    assert [link.split(": ", 1)[1] for link in links(f"# {written}")] == [path]


@pytest.mark.parametrize(
    "line",
    [
        "# [site](https://example.org/b.html) [part](#b.html) [root](/b.html)",
        "# [data](data/x.csv) ![picture](../b.html)",
        "# [b]({{ title }}.html)",
        "# [^b]: clm:loops",
        "# \\[b\\](b.html)",
        "values[1](b), names['a']: b.html",
    ],
)
def test_non_deck_links_ignored(line: str) -> None:
    assert links(line) == []


def test_link_has_fragment() -> None:
    (link,) = text_links("[b](clm:loops#Caf%C3%A9)", "a.py", SUFFIXES)
    assert (str(link.path), link.fragment) == ("clm:loops", "Café")


def test_linked_deck_no_input(topic: Any) -> None:
    topic.files = {"slides_b.py": b"", "slides_c.py": b""}
    topic.claimed = frozenset(topic.files)
    request = topic.plan("# %% [markdown]\n# [b](slides_b.py)\n# %%\nopen('slides_c.py')\n")
    names = {file.name for file in request.inputs}
    assert "topic/slides_b.py" not in names
    assert "topic/slides_c.py" in names


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
