"""Notebooks and texts that become decks: which do, under which names, and which cannot."""

from __future__ import annotations

import json

import pytest

from clm import ClmError
from clm_plugin_notebook.adoption import adopt

NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ipynb", NOTEBOOK),
        ("a.py", b"# %%\n1 + 1\n"),
        ("a.py", b"import x\n#%% cell\n"),
        ("a.py", b"# ---\n# jupyter:\n#   jupytext:\n#     format_name: light\n# ---\n"),
        ("a.cpp", b"// %%\nint x;\n"),
        ("a.md", b"# Title\n\ntext\n"),
        ("a.md", b"text\n\n```{code-cell}\n1\n```\n"),
        ("a.Rmd", b"text\n"),
        ("a.py", b"\xef\xbb\xbf# %%\n"),
    ],
)
def test_file_with_cells_is_deck(name: str, content: bytes) -> None:
    deck = adopt(name, content)
    assert deck is not None and deck.name == f"slides_{name}" and deck.stem == "a"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("helper.py", b"def f():\n    return '%%'\n"),
        ("a.md", b"a text without a title\n"),
        ("a.ts", b"\x47\x40\x11\x10\x00\xff\xfe"),
        ("a.csv", b"# %%\n"),
        ("a.png", b"\x89PNG"),
        ("a.txt", b"# Title\n"),
    ],
)
def test_other_file_is_no_deck(name: str, content: bytes) -> None:
    assert adopt(name, content) is None


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.ipynb", b"", "damaged"),
        ("a.ipynb", b"[" * 100_000, "damaged"),
        ("a.ipynb", b"\xff\xfe", "damaged"),
        ("a.ipynb", b"[]", "no cells"),
        ("a.ipynb", b"{}", "no cells"),
        ("a.qmd", b"# Title", "Quarto"),
    ],
)
def test_unreadable_deck_has_reason(name: str, content: bytes, reason: str) -> None:
    with pytest.raises(ClmError, match=reason):
        adopt(name, content)


@pytest.mark.parametrize(
    ("name", "stem"),
    [("slides_a.py", "a"), ("topic_a.py", "a"), ("project_a.de.py", "a"),
     ("slides_1.2 x.py", "1.2 x")],
)  # fmt: skip
def test_name_of_deck_stays(name: str, stem: str) -> None:
    deck = adopt(name, b"# %%\n")
    assert deck is not None and (deck.name, deck.stem) == (name, stem)


@pytest.mark.parametrize(
    ("metadata", "lang"),
    [
        ({}, "python"),
        ({"kernelspec": {"name": "conda-x", "language": "python"}}, "python"),
        ({"language_info": {"name": "R"}}, "r"),
        ({"language_info": {"name": "julia"}}, "julia"),
        ({"language_info": "x", "kernelspec": ["y"]}, "python"),
    ],
)
def test_language_of_notebook(metadata: object, lang: str) -> None:
    deck = adopt("a.ipynb", json.dumps({"cells": [], "metadata": metadata}).encode())
    assert deck is not None and deck.prog_lang == lang


def test_missing_kernel_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    found = "jupyter_client.kernelspec.KernelSpecManager.find_kernel_specs"
    monkeypatch.setattr(found, lambda manager: {"xcpp20": "folder"})
    rust, cpp = adopt("a.rs", b"// %%\n"), adopt("a.cpp", b"// %%\n")
    assert rust is not None and rust.topic_options == {"evaluate": False} and rust.notes
    assert cpp is not None and cpp.topic_options == {} and not cpp.notes
