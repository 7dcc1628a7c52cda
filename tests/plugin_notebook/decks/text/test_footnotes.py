"""Footnotes across the cells of a page."""

from __future__ import annotations

from clm_plugin_notebook.decks.text.markdown_syntax.footnotes import with_footnotes


def test_footnote_moves_to_its_reference() -> None:
    texts = ["a[^1]", "text\n\n[^1]: note\n    more\n\nend"]
    assert with_footnotes(texts) == ["a[^1]\n\n[^1]: note\n    more", "text\n\n\n\n\nend"]


def test_footnote_beside_its_reference_stays() -> None:
    texts = ["a[^1]\n\n[^1]: one", "b[^1]\n\n[^1]: two", "c"]
    assert with_footnotes(texts) == texts


def test_footnote_used_twice_is_in_both() -> None:
    assert with_footnotes(["a[^1]", "b[^1]\n\n[^1]: one"]) == [
        "a[^1]\n\n[^1]: one",
        "b[^1]\n\n[^1]: one",
    ]


def test_footnote_in_code_is_none() -> None:
    texts = ["a `x[^1]`", "```\n[^1]: note\n```", "b[^2]", "`[^2]: x`"]
    assert with_footnotes(texts) == texts
