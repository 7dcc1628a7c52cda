"""Definitions of links that are used in other cells."""

from __future__ import annotations

import pytest

from clm_plugin_notebook.decks.text.markdown_syntax.references import with_references
from clm_plugin_notebook.pages.html.fragments import Fragments

LINK = "[base]: https://x.org 'T'"


@pytest.mark.parametrize("use", ["[a][base]", "[base]", "![a][Base]", "[base][]"])
def test_link_defined_in_other_cell(use: str) -> None:
    first, last = with_references([f"see {use}", f"end\n\n{LINK}"])
    assert "https://x.org" in Fragments().markdown(first, "en").html
    assert last == f"end\n\n{LINK}"


def test_lines_stay_where_they_are() -> None:
    (text, _) = with_references(["a\n[base]\nb", LINK])
    assert text.split("\n")[:3] == ["a", "[base]", "b"]


@pytest.mark.parametrize(
    "text", ["[base](x.html)", "[other]", "no link", f"[base]\n\n{LINK}", "[^base]"]
)
def test_other_texts_unchanged(text: str) -> None:
    assert with_references([text, LINK])[0] == text


def test_first_definition_wins() -> None:
    text, *_ = with_references(["[base]", LINK, "[base]: https://y.org"])
    assert text.endswith(LINK)
