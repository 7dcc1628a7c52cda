"""Pages of small decks in a browser, compared with what their Markdown means.

Beside each deck is a text with its language, the outline of its page, the warnings about it and,
where the page differs from what jupytext and nbconvert make of the deck, the reason. Both pages
are read through the DOM.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import jupytext
import pytest
from attrs import frozen
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from clm import Variant
from clm.browser import Browser
from clm_plugin_notebook.pages.pdf import show

pytestmark = [pytest.mark.integration, pytest.mark.slow]

FOLDER = Path(__file__).parent
DECKS = sorted(path.stem for path in (FOLDER / "decks").glob("*.py"))
SCRIPT = (FOLDER / "outline.js").read_text(encoding="utf-8")
FILES = {
    f"img/{name}": b"picture"
    for name in ("bild.png", "Screenshot 1.png", "größe.png", "größe (2).png")
}
SHOWN = "[...document.querySelectorAll('.text_cell_render, .input_area')]"


@frozen
class Expected:
    """What the text beside a deck says."""

    language: str
    outline: Sequence[str]
    differences: Sequence[str]
    warnings: Sequence[str]


def expected(name: str) -> Expected:
    text = (FOLDER / "decks" / f"{name}.txt").read_text(encoding="utf-8")
    head, _, outline = text.partition("\n\n")
    entries = [line.split(": ", 1) for line in head.split("\n")]
    (language,) = (value for key, value in entries if key == "language")
    differences = [value for key, value in entries if key == "differs"]
    warnings = [value for key, value in entries if key == "warning"]
    return Expected(language, outline.rstrip("\n").split("\n"), differences, warnings)


def deck_text(name: str) -> str:
    return (FOLDER / "decks" / f"{name}.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def converted(
    tmp_path_factory: pytest.TempPathFactory, topic_in: Callable[[Path], Any]
) -> Callable[[str], tuple[Path, list[str]]]:
    """Convert a deck to a page; return its path and the warnings, each with its line."""

    def convert(name: str) -> tuple[Path, list[str]]:
        folder = tmp_path_factory.mktemp(name)
        topic = topic_in(folder)
        topic.files = dict(FILES)
        language = expected(name).language
        page = Variant(language, "completed", "html", PurePosixPath("page"), True)
        result = topic.only(page).convert(deck_text(name))
        (html,) = result.outputs.values()
        (folder / "page.html").write_bytes(html)
        return folder / "page.html", [f"{d.place.line} {d.message}" for d in result.diagnostics]

    return convert


@pytest.fixture(scope="module")
def by_nbconvert(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, list[str]]:
    """Return the outlines of all decks as jupytext reads and nbconvert shows them."""
    pages = [f'<div id="{name}">{classic_html(name)}</div>' for name in DECKS]
    path = tmp_path_factory.mktemp("nbconvert") / "all.html"
    ready = "<html data-ready='true'><meta charset='utf-8'>"
    path.write_text(ready + "\n".join(pages), encoding="utf-8")
    page = show(browser, path.as_uri())
    outlines: dict[str, list[str]] = page.evaluate(
        f"{SCRIPT}; Object.fromEntries({json.dumps(DECKS)}.map("
        "n => [n, outline(document.getElementById(n), new Map())]))"
    )
    page.close()
    return outlines


def classic_html(name: str) -> str:
    cells = jupytext.reads(deck_text(name), fmt="py:percent").cells
    language = expected(name).language
    shown = [cell for cell in cells if cell.metadata.get("lang", language) == language]
    texts = (f"```\n{c.source}\n```" if c.cell_type == "code" else c.source for c in shown)
    return "\n".join(markdown2html_mistune(text) for text in texts)


@pytest.mark.parametrize("name", DECKS)
def test_page_shows_deck(
    name: str,
    browser: Browser,
    converted: Callable[[str], tuple[Path, list[str]]],
    by_nbconvert: Mapping[str, list[str]],
) -> None:
    wanted = expected(name)
    path, warnings = converted(name)
    page = show(browser, path.as_uri())
    shown = page.evaluate(
        f"{SCRIPT}; const typeset = typesetMaths();{SHOWN}.flatMap(cell => outline(cell, typeset))"
    )
    page.close()
    assert shown == list(wanted.outline)
    matching = zip(sorted(warnings), sorted(wanted.warnings), strict=True)
    assert all(warning.startswith(start) for warning, start in matching), warnings
    assert (by_nbconvert[name] != shown) == bool(wanted.differences), by_nbconvert[name]


def test_suite_has_sixty_decks() -> None:
    assert len(DECKS) >= 60
