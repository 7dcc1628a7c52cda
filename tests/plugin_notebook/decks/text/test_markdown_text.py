"""Headings of Markdown text, and their anchors."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clm_plugin_notebook.decks.text.markdown_text import Heading, headings, plain_text


def texts(source: str) -> list[tuple[int, str]]:
    return [(heading.level, heading.text) for heading in headings(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# [Strings](https://example.org/strings.html#text)", (1, "Strings")),
        ('# The *map* of `x` <a id="m"></a>', (1, "The map of x")),
        ("# A & B &amp; **C** &ndash; D ##", (1, "A & B & C \u2013 D")),
        ("Numbers\nand *sums*\n===", (1, "Numbers and sums")),
        ("Second\n---", (2, "Second")),
        ("<h1 class='x'>Numbers <b>bold</b></h1>", (1, "Numbers bold")),
        ("#Tight", (1, "Tight")),
        ("> ### Quoted", (3, "Quoted")),
        ("# $a_1 * b_2$ costs \\$5", (1, "$a_1 * b_2$ costs $5")),
        ("###### ![picture](a.png) Text", (6, "Text")),
    ],
)
def test_heading_text_is_plain(source: str, expected: tuple[int, str]) -> None:
    assert texts(source) == [expected]


@pytest.mark.parametrize(
    "source",
    [
        "```bash\n# comment\n```",
        "~~~\n# comment\n~~~",
        "    # indented code",
        "<!-- # comment\n<h1>no</h1> -->",
        "\\# escaped",
        "text # no heading",
        "- - -\n\n***",
        "####### seven",
        "$$\n# no heading\n$$",
        "| a |\n|---|\n| # b |",
    ],
)
def test_other_text_is_no_heading(source: str) -> None:
    assert texts(source) == []


def test_heading_lines_counted() -> None:
    found = headings("text\n\n# A\n\n```\n# no\n```\n\nB\n===\n\n<div>\n<h3>C</h3>\n</div>")
    assert [(heading.text, heading.line) for heading in found] == [("A", 3), ("B", 9), ("C", 13)]


@pytest.mark.parametrize(
    ("source", "anchor"),
    [
        ("# Über uns & more", "%C3%9Cber-uns-&-more"),
        ("# A `b` [c](d.html)", "A-b-c"),
        ("<h2 id='own'>x</h2>", "own"),
        ("<h2>x</h2>", None),
    ],
)
def test_anchor_is_page_id(source: str, anchor: str | None) -> None:
    (heading,) = headings(source)
    assert heading.anchor == anchor


def test_heading_is_complete() -> None:
    assert headings("## One two") == (Heading(2, "One two", "One-two", 1),)


def test_plain_text_of_html() -> None:
    assert plain_text("a<!-- c --> <b title='>'>&lt;b</b>") == "a <b"


def test_text_without_headings_unparsed() -> None:
    code = """
import sys
from clm_plugin_notebook.decks.text.markdown_text import headings
headings("Text with *emphasis* and a | table |")
print("markdown_it" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
