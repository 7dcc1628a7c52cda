"""Navigation of lessons that are opened as files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from axe import violations

from clm.browser import Message, Page
from clm.programs import find_browser

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="no browser found"),
]
TREE = "public/De/Kurs"
LINKS = "[...document.querySelectorAll('{0}')].map((a) => [a.textContent, a.href])"


@pytest.fixture
def lesson(opened: Callable[..., Page], output: Path) -> Callable[..., Page]:
    def open_lesson(number: str = "01", kind: str = "Completed", **options: Any) -> Page:
        folder = output / TREE / "Folien/Html" / kind / "Woche 1"
        (file,) = folder.glob(f"{number} *.html")
        page = opened(file=file, **options)
        page.evaluate("site.ready.then(() => 0)")
        return page

    return open_lesson


def links(page: Page, selector: str) -> list[tuple[str, str]]:
    """The texts of links, and the names of what they lead to."""
    found = page.evaluate(LINKS.format(selector))
    return [(text, unquote(urlsplit(url).path).split("/Html/")[-1]) for text, url in found]


def test_next_lesson_in_next_section(lesson: Callable[..., Page]) -> None:
    steps = links(lesson("02"), ".site-steps a")
    assert [name for _, name in steps] == [
        "Completed/Woche 1/01 Anfang.html",
        "Completed/Woche 2/01 Titel c _ Co.html",
    ]
    assert [text for text, _ in steps] == ["ZurückAnfang", "Weiter · Woche 2Titel c & Co"]


def test_steps_stay_in_kind(lesson: Callable[..., Page]) -> None:
    page = lesson("02", "Code-Along")
    selectors = ".site-steps a, .site-outline a, .site-outputs a"
    assert all("Completed" not in name for _, name in links(page, selectors))
    assert len(links(page, selectors)) > 4


def test_switch_of_language_stays_on_deck(lesson: Callable[..., Page]) -> None:
    page = lesson("02", "Code-Along")
    ((_, name),) = links(page, ".site-languages a[hreflang]")
    assert name == "Code-Along/Week 1/02 Title b.html"


def test_current_lesson_in_outline(lesson: Callable[..., Page]) -> None:
    current = ".site-outline a[aria-current=page]"
    ((text, name),) = links(lesson("02"), current)
    assert (text, name) == ("2Titel b & Co", "Completed/Woche 1/02 Titel b _ Co.html")


def test_link_to_front_works_without_script(lesson: Callable[..., Page], output: Path) -> None:
    (file,) = (output / TREE / "Folien/Html/Completed").rglob("02 *.html")
    html = file.read_text(encoding="utf-8").split("<main")[0]
    assert '<a class="site-home" href="../../../../index.html">Kurs</a>' in html
    assert (file.parent / "../../../../index.html").is_file()


def test_search_from_lesson(lesson: Callable[..., Page]) -> None:
    page = lesson("02")
    url = page.evaluate(
        "(async () => { await site.open(); site.dialog.querySelector('input').value = 'dampf';"
        " await site.show(); return document.querySelector('.hits a').href; })()"
    )
    assert Path(unquote(urlsplit(url).path)).is_file()


def test_key_leads_to_next(lesson: Callable[..., Page]) -> None:
    page = lesson("02")
    page.evaluate("document.querySelector('.site-steps [rel=next]').addEventListener('click',"
                  "(e) => { e.preventDefault(); window.gone = true; });"
                  "document.body.dispatchEvent(new KeyboardEvent('keydown',"
                  "{key: 'n', bubbles: true})); 0")  # fmt: skip
    assert page.evaluate("window.gone") is True


def test_outline_opens_on_phone(lesson: Callable[..., Page]) -> None:
    page = lesson(width=390)
    shown = "document.querySelector('.site-outline').getClientRects().length"
    before = page.evaluate(shown)
    page.evaluate("document.querySelector('.site-menu').click()")
    assert (before, page.evaluate(shown)) == (0, 1)
    page.evaluate("document.querySelector('.site-drawer').close()")


def test_outline_never_covers_text(lesson: Callable[..., Page]) -> None:
    page = lesson()
    shown = "document.querySelector('body > .site-outline').getClientRects().length"
    before = page.evaluate(shown)
    page.evaluate("document.querySelector('#notebook-container').style.maxWidth = 'none';"
                  "dispatchEvent(new Event('resize')); 0")  # fmt: skip
    assert (before, page.evaluate(shown)) == (1, 0)
    assert page.evaluate("document.querySelector('.site-menu').getClientRects().length") == 1


@pytest.mark.parametrize("width", [390, 900, 1280])
def test_lesson_is_not_wider(lesson: Callable[..., Page], width: int) -> None:
    page = lesson(width=width)
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_lesson_is_accessible(lesson: Callable[..., Page], width: int, dark: bool) -> None:
    assert violations(lesson(width=width, dark=dark)) == []


def test_front_leads_on_where_reader_was(
    lesson: Callable[..., Page], opened: Callable[..., Page]
) -> None:
    opened().evaluate("localStorage.clear()")
    first = lesson("01")
    first.evaluate("document.querySelector('.site-steps').scrollIntoView(); 0")
    while not first.evaluate("site.readSoFar().done.length"):
        pass
    front = opened()
    start = front.evaluate("document.querySelector('.start').textContent")
    box = "document.querySelector('.site-front .progress')"
    told = front.evaluate(f"[{box}.hidden, {box}.querySelector('span').textContent]")
    read = front.evaluate("[...document.querySelectorAll('.read h3 a')].map((a) => a.textContent)")
    assert (start, told) == ("Weiter: Titel b & Co", [False, "1 von 3 Lektionen gelesen"])
    assert read == ["Anfang"]
    assert violations(front) == []
    assert front.evaluate("site.readSoFar()") == {
        "last": "intro/slides_a",
        "done": ["intro/slides_a"],
    }
    front.evaluate("localStorage.clear()")


def test_unread_course_shows_no_progress(opened: Callable[..., Page]) -> None:
    opened().evaluate("localStorage.clear()")
    page = opened()
    assert page.evaluate("document.querySelector('.site-front .progress').hidden")
    assert page.evaluate("document.querySelector('.start').textContent") == "Anfangen: Anfang"


def test_nothing_leaves_the_machine(lesson: Callable[..., Page]) -> None:
    events: list[Message] = []
    page = lesson(events=events)
    page.evaluate("site.open().then(() => site.index())")
    sent = (e["params"] for e in events if e["method"] == "Network.requestWillBeSent")
    urls = [params["request"]["url"] for params in sent]
    assert any(url.endswith("search.js") for url in urls)
    assert all(url.startswith(("file:", "data:")) for url in urls)
