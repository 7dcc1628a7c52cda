"""Source files of decks: encodings, line ends, and invalid files."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from deck_sources import DECK, MARKDOWN, as_notebook, cells, in_language

from clm import ConversionError
from clm_plugin_notebook.languages import PROG_LANGS


@pytest.mark.parametrize("title", ["", "...", "!?", "  "])
def test_title_without_filename_rejected(topic: Any, title: str) -> None:
    with pytest.raises(ConversionError, match="contains no characters for a file name") as caught:
        topic.plan(f'# {{{{ header("Titel", "{title}") }}}}\n')
    assert "(en)" in caught.value.message


def test_oversized_deck_rejected_unread(topic: Any) -> None:
    with pytest.raises(ConversionError, match=r"50\.0 MB, more than 20 MB") as caught:
        topic.plan(b"\xff" * 50_000_000)  # also not valid UTF-8
    assert caught.value.hint is not None
    assert "max-deck-megabytes" in caught.value.hint


def test_large_unclosed_headers_planned(topic: Any) -> None:
    line = '# {{ header("' + "a" * 200 + "\n"
    assert topic.plan(line * 50_000).outputs


@pytest.mark.parametrize("name", ["slides_deck.py", "slides_deck.md", "slides_deck.ipynb"])
@pytest.mark.parametrize(
    ("data", "reason"), [(b"\x89PNG\r\n\x1a\n\xff", "not UTF-8"), (b"a\nb\0c", "binary data")]
)
def test_binary_source_rejected(topic: Any, name: str, data: bytes, reason: str) -> None:
    topic.name = name
    with pytest.raises(ConversionError, match=reason):
        topic.plan(data)


@pytest.mark.parametrize("name", ["slides_deck.java", "slides_deck.md", "slides_deck.ipynb"])
@pytest.mark.parametrize("change", ["carriage returns", "byte-order mark", "no final newline"])
def test_bom_and_line_endings_ignored(topics: Callable[[], Any], name: str, change: str) -> None:
    deck = {
        "slides_deck.java": in_language(DECK, PROG_LANGS["java"]),
        "slides_deck.md": MARKDOWN,
        "slides_deck.ipynb": json.dumps(json.loads(as_notebook({"source": "# T"})), indent=1)
        + "\n",
    }[name]
    written = {
        "carriage returns": deck.replace("\n", "\r\n").encode(),
        "byte-order mark": b"\xef\xbb\xbf" + deck.encode(),
        "no final newline": deck.rstrip("\n").encode(),
    }[change]
    first, second = topics(), topics()
    first.name = second.name = name
    assert cells(first, written) == cells(second, deck)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"kernelspec": {"name": "bash", "language": "bash"}}, ("bash", "bash", ".sh", "#")),
        ({"kernelspec": {"name": "ir", "language": "R"}}, ("R", "ir", ".R", "#")),
        ({"kernelspec": {"name": "lua"}}, ("lua", "lua", ".lua", "--")),
        ({"language_info": {"name": "klingon"}}, ("klingon", "klingon", ".txt", "#")),
        ({"kernelspec": {"name": "python3"}}, ("python", "python3", ".py", "#")),
        ({}, ("python", "python3", ".py", "#")),
    ],
)
def test_notebook_keeps_its_kernel(
    topic: Any, metadata: dict[str, Any], expected: tuple[str, ...]
) -> None:
    topic.name = "slides_deck.ipynb"
    notebook = json.loads(as_notebook({"source": "# T"})) | {"metadata": metadata}
    prog_lang = topic.plan(json.dumps(notebook)).payload.prog_lang
    found = (prog_lang.name, prog_lang.kernel, prog_lang.suffix, prog_lang.comment)
    assert tuple(part.lower() for part in found) == tuple(part.lower() for part in expected)


@pytest.mark.parametrize(
    ("name", "header", "expected"),
    [
        ("a.md", "---\nkernelspec:\n  name: julia-1.9\n  language: julia\n---\n", "julia-1.9"),
        ("a.md", "---\njupyter:\n  kernelspec:\n    language: R\n    name: ir\n---\n", "ir"),
        ("a.md", "---\nkernelspec: {name: 'ir', language: R}\n---\n", "ir"),
        ("a.md", "---\nkernelspec:\n  name: python3\n---\n", "python3"),
        ("a.md", "---\ntitle: x\n---\nkernelspec:\n  name: ir\n", "python3"),
        ("a.py", "# ---\n# kernelspec:\n#   name: sage\n#   language: sage\n# ---\n", "sage"),
        ("a.py", "# ---\n# kernelspec:\n#   name: my-env\n# ---\n", "python3"),
        (
            "a.py",
            "#!/usr/bin/env sage\n# -*- coding: utf-8 -*-\n"
            "# ---\n# kernelspec:\n#   name: sage\n#   language: sage\n# ---\n",
            "sage",
        ),
        ("a.py", "# ---\nx = 1\n# kernelspec:\n#   name: r\n#   language: R\n# ---\n", "python3"),
        (
            "a.cpp",
            "// ---\n// kernelspec:\n//   name: root\n//   language: c++\n// ---\n",
            "xcpp20",
        ),
    ],
)
def test_declared_kernel_runs_deck(topic: Any, name: str, header: str, expected: str) -> None:
    topic.name = f"slides_{name}"
    prog_lang = topic.plan(f"{header}\n# T\n").payload.prog_lang
    assert prog_lang.kernel == expected
    assert prog_lang.comment == ("//" if name.endswith("cpp") else "#")
