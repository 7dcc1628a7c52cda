"""A front page that is opened as a file: its search, its appearance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe import violations
from bs4 import BeautifulSoup

from clm.browser import Message, Page
from clm.programs import find_browser

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="no browser found"),
]


def front(output: Path, tree: str = "public/De/Kurs") -> Path:
    return output / tree / "index.html"


def hits(page: Page, query: str) -> list[str]:
    found: list[str] = page.evaluate(
        f"site.index().then(() => site.find({query!r}).map((p) => p.heading || p.page.title))"
    )
    return found


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("grosse", "Große Züge"),
        ("zuge", "Große Züge"),
        ("dampfschiff", "Große Züge"),
        ("eleves", "Große Züge"),
        ("見出し", "日本語の見出し"),
        ("学習", "日本語の見出し"),
        ("museum große", "Große Züge"),
    ],
)
def test_search_finds_folded_text(opened: Callable[..., Page], query: str, heading: str) -> None:
    assert hits(opened(), query) == [heading]


@pytest.mark.parametrize("query", ["onlyforspeakers", "large trains", "nowhere"])
def test_search_finds_nothing_of_others(opened: Callable[..., Page], query: str) -> None:
    assert hits(opened(), query) == []


def test_words_of_speakers_in_no_public_file(output: Path) -> None:
    for file in (output / "public").rglob("*"):
        assert not file.is_file() or b"onlyforspeakers" not in file.read_bytes()
    assert "onlyforspeakers" in (front(output, "speaker/De/Kurs").parent / "search.js").read_text(
        encoding="utf-8"
    )


def test_slash_opens_search(opened: Callable[..., Page]) -> None:
    page = opened()
    page.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', "
                  "{key: '/', bubbles: true})); site.opening.then(() => 0)")  # fmt: skip
    assert page.evaluate("document.querySelector('dialog').open")
    assert page.evaluate("document.activeElement.type") == "search"


def test_found_words_marked(opened: Callable[..., Page]) -> None:
    page = opened()
    marks = page.evaluate(
        "(async () => { await site.open(); site.dialog.querySelector('input').value = 'donau muse';"
        " await site.show();"
        " return [...document.querySelectorAll('.hits mark')].map((m) => m.textContent); })()"
    )
    assert marks == ["Donau", "muse"]


def test_hit_leads_to_heading(opened: Callable[..., Page], output: Path) -> None:
    page = opened()
    url = page.evaluate(
        "(async () => { await site.open(); site.dialog.querySelector('input').value = 'dampf';"
        " await site.show(); return document.querySelector('.hits a').href; })()"
    )
    parts = urlsplit(url)
    html = Path(unquote(parts.path)).read_text(encoding="utf-8")
    assert BeautifulSoup(html, "html.parser").find(id=unquote(parts.fragment)) is not None


@pytest.mark.parametrize("width", [1280, 390])
def test_page_is_not_wider(opened: Callable[..., Page], width: int) -> None:
    assert opened(width=width).evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "404.html"])
def test_front_pages_are_accessible(
    opened: Callable[..., Page], output: Path, name: str, dark: bool
) -> None:
    page = opened(width=390, dark=dark, file=front(output).with_name(name))
    assert violations(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_search_is_accessible(opened: Callable[..., Page], dark: bool) -> None:
    page = opened(dark=dark)
    page.evaluate(
        "(async () => { await site.open(); site.dialog.querySelector('input').value = 'dampf';"
        " await site.show(); return 0; })()"
    )
    assert violations(page) == []


def test_mode_button_switches_colours(opened: Callable[..., Page]) -> None:
    page = opened(dark=True)
    colour = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(colour)
    page.evaluate("document.querySelector('[data-mode]').click()")
    after = page.evaluate(colour)
    page.evaluate("localStorage.clear()")
    assert (before, after) == ("rgb(21, 24, 27)", "rgb(253, 252, 250)")


def test_nothing_leaves_the_machine(opened: Callable[..., Page]) -> None:
    events: list[Message] = []
    page = opened(events=events)
    hits(page, "dampf")
    urls = [
        e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"
    ]
    assert urls and all(url.startswith(("file:", "data:")) for url in urls)
