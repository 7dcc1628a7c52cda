"""A built site that is opened as a file: its links, its search, its appearance."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from clm.browser import Browser, Message, Page
from clm.programs import find_browser

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="no browser found"),
]

SPEC = """
name: {de: Kurs, en: Course}
author: Ada Lovelace
sections:
  - {name: {de: Woche 1, en: Week 1}, topics: [intro]}
plugins:
  notebook: {evaluate: false}
  site: {enabled: true}
"""
DECK = """
# j2 from 'macros.j2' import header
# {{ header("Anfang", "Beginning") }}

# %% [markdown] lang="de"
# ## Große Züge
#
# Im Donaudampfschifffahrtsmuseum gibt es élèves.
#
# ## 日本語の見出し
#
# 機械学習の入門

# %% [markdown] lang="en"
# ## Large trains
#
# Text.

# %% [markdown] tags=["notes"]
# onlyforspeakers

# %% tags=["alt"]
print("solution-word")
""".lstrip()


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = tmp_path_factory.mktemp("site") / "course"
    topic = course / "slides" / "module_100_m" / "topic_100_intro"
    topic.mkdir(parents=True)
    (topic / "slides_intro.py").write_text(DECK, encoding="utf-8")
    (course / "course.yaml").write_text(SPEC, encoding="utf-8")
    program = shutil.which("clm", path=str(Path(sys.executable).parent))
    assert program
    command = [program, "build", "--backend", "inline", course / "course.yaml"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return course / "output"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = find_browser()
    assert program is not None
    with Browser(program) as running:
        yield running


def front(output: Path, tree: str = "public/De/Kurs") -> Path:
    return output / tree / "index.html"


@pytest.fixture
def opened(browser: Browser, output: Path) -> Callable[..., Page]:
    def open_page(
        width: int = 1280, dark: bool = False, events: list[Message] | None = None
    ) -> Page:
        browser.allow(60)
        page = browser.open_page()
        if events is not None:
            page.listen(events.append)
            page.call("Network.enable")
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        page.call("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.call("Emulation.setEmulatedMedia", {"features": [scheme]})
        page.load(front(output).as_uri())
        return page

    return open_page


def hits(page: Page, query: str) -> list[str]:
    found: list[str] = page.evaluate(
        f"site.load().then(() => site.find({query!r}).map((p) => p.heading || p.page.title))"
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
                  "{key: '/', bubbles: true})); 0")  # fmt: skip
    assert page.evaluate("document.querySelector('dialog').open")
    assert page.evaluate("document.activeElement.type") == "search"


def test_hit_leads_to_heading(opened: Callable[..., Page], output: Path) -> None:
    page = opened()
    url = page.evaluate(
        "(async () => { site.open(); site.dialog.querySelector('input').value = 'dampf';"
        " await site.show(); return document.querySelector('.hits a').href; })()"
    )
    parts = urlsplit(url)
    html = Path(unquote(parts.path)).read_text(encoding="utf-8")
    assert BeautifulSoup(html, "html.parser").find(id=unquote(parts.fragment)) is not None


def test_all_links_lead_into_the_tree(output: Path) -> None:
    for tree in ("public/De/Kurs", "public/En/Course", "speaker/De/Kurs", "speaker/En/Course"):
        page = front(output, tree)
        links = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select("a[href]")
        targets = [str(a["href"]) for a in links if not str(a["href"]).startswith("#")]
        assert len(targets) > 3
        for target in targets:
            file = (page.parent / unquote(target)).resolve()
            assert file.is_file(), target
            assert file.is_relative_to(output / tree.partition("/")[0])


@pytest.mark.parametrize("width", [1280, 390])
def test_page_is_not_wider(opened: Callable[..., Page], width: int) -> None:
    assert opened(width=width).evaluate("document.documentElement.scrollWidth") == width


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
