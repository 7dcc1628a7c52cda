"""Weight of the pages of a site: bytes as they are sent, requests, errors and movements."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clm.browser import Message, Page
from clm_plugin_site.planning import SCRIPT, STYLE
from clm_plugin_site.static_files import shared_path, static_text

TREES = ("public/De/Kurs", "speaker/En/Course")
OWN, SHARED = 10_000, 90_000
# The page, two style sheets, two scripts, and the titles of the other pages.
REQUESTS = 6
_SHIFTS = """new Promise((done) => {
  new PerformanceObserver((list) => done(list.getEntries().length)).observe(
    { type: "layout-shift", buffered: true });
  setTimeout(() => done(0), 300);
})"""


def sent(file: Path) -> int:
    return len(gzip.compress(file.read_bytes()))


def lessons(output: Path) -> Iterator[Path]:
    for tree in TREES:
        yield from (output / tree).glob("*/Html/**/*.html")


@pytest.mark.parametrize("name", [STYLE, SCRIPT])
def test_shared_file_is_small(name: str) -> None:
    assert len(gzip.compress(static_text(name).encode())) < 8_000


def test_shared_file_named_by_content(monkeypatch: pytest.MonkeyPatch) -> None:
    known = shared_path(STYLE)
    shared_path.cache_clear()
    monkeypatch.setattr("clm_plugin_site.static_files.static_text", lambda name: "other")
    try:
        assert shared_path(STYLE) != known
    finally:
        shared_path.cache_clear()


@pytest.mark.integration
def test_lessons_are_light(output: Path) -> None:
    weights = {page.name: sent(page) for page in lessons(output)}
    assert weights and max(weights.values()) < OWN, weights


@pytest.mark.integration
@pytest.mark.parametrize("tree", TREES)
def test_shared_files_light_together(output: Path, tree: str) -> None:
    assert sum(map(sent, (output / tree / "assets").iterdir())) < SHARED


@pytest.mark.integration
@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 900, 1280])
def test_lesson_loads_calmly(opened: Callable[..., Page], output: Path, width: int) -> None:
    events: list[Message] = []
    page = opened(file=next(lessons(output)), width=width, events=events)
    page.call("Log.enable")
    page.call("Runtime.enable")
    page.evaluate("site.ready.then(() => 0)")
    assert page.evaluate(_SHIFTS) == 0
    faults = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
    assert [event for event in events if event["method"] in faults] == []
    requests = [
        e["params"]["request"] for e in events if e["method"] == "Network.requestWillBeSent"
    ]
    urls = [request["url"] for request in requests if request["url"].startswith("file:")]
    assert len(urls) <= REQUESTS, urls
