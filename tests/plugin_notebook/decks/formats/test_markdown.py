"""Decks in Markdown."""

from __future__ import annotations

from typing import Any

import jupytext
import pytest
from attrs import evolve
from deck_sources import MARKDOWN, cells

from clm import ConversionError


def test_markdown_split_into_cells(topic: Any) -> None:
    topic.name = "slides_deck.md"
    title, *others = cells(topic, MARKDOWN)
    assert "A Title" in title[1]
    assert others == [
        ("markdown", "## English\n\n```python\nshown, not run\n```"),
        ("markdown", "Text for all\ngoes on"),
        ("markdown", "and another cell."),
        ("code", "x = 1"),
        ("markdown", "```bash\nls\n```"),
        ("code", "y = 2"),
    ]


def test_markdown_filtered_by_kind(topic: Any) -> None:
    topic.name = "slides_deck.md"
    code = [source for type, source in cells(topic, MARKDOWN, "code-along") if type == "code"]
    assert code == ["x = 1"]


def test_topic_sets_code_language(topic: Any) -> None:
    topic.name = "slides_deck.md"
    topic.context = evolve(topic.context, prog_lang="cpp")
    deck = "```c++\nint x;\n```\n\n```python\nno\n```\n"
    assert cells(topic, deck) == [("code", "int x;"), ("markdown", "```python\nno\n```")]
    assert topic.plan(deck).payload.prog_lang.name == "cpp"


def test_wrong_header_reported_with_line(topic: Any) -> None:
    topic.name = "slides_deck.md"
    with pytest.raises(ConversionError) as caught:
        cells(topic, 'text\n\n```python tags=["slide" lang="de"\nx\n```\n')
    assert str(caught.value.place) == "slides/slides_deck.md:3 (cell 2)"


def test_unclosed_fence_extends_to_end(topic: Any) -> None:
    topic.name = "slides_deck.md"
    assert cells(topic, "text\n\n```python\nx = 1") == [("markdown", "text"), ("code", "x = 1")]


def test_text_fence_opens_no_cell(topic: Any) -> None:
    topic.name = "slides_deck.md"
    deck = "````text\n```python\nx\n```\n<!-- #region -->\n````"
    assert cells(topic, deck) == [("markdown", deck)]


def test_simple_markdown_matches_jupytext(topic: Any) -> None:
    deck = "# One\n\ntext\n\n```python\nx = 1\n\ny = 2\n```\n\n## Two\n\n\nmore\n"
    expected = [(c.cell_type, c.source) for c in jupytext.reads(deck, fmt="md").cells]
    topic.name = "slides_deck.md"
    assert cells(topic, deck) == expected
