"""Links of all pages of a built site, from each front page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from attrs import frozen
from bs4 import BeautifulSoup
from html_checks import problems_of

pytestmark = [pytest.mark.integration, pytest.mark.slow]

TREES = ("public/De/Kurs", "public/En/Course", "speaker/De/Kurs", "speaker/En/Course")
# Nothing leads to the page for addresses that do not exist; addresses by ids are given to others.
_UNLINKED = ("404.html", "go/")


@pytest.fixture(params=["shared", "embedded"])
def output(request: pytest.FixtureRequest, built: Callable[[str], Path]) -> Path:
    return built(request.param)


@frozen
class Link:
    """A link of a page: the URL as written, and the file that it leads to."""

    page: Path
    url: str
    file: Path
    fragment: str


@cache
def soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def links(page: Path) -> Iterator[Link]:
    """The links of a page, with those that its navigation makes of the data of the site."""
    found = ("a[href]", "href"), ("link[href]", "href"), ("script[src]", "src"), ("img[src]", "src")
    for selector, attribute in found:
        for element in soup(page).select(selector):
            yield link(page, str(element[attribute]))
    for content in soup(page).select("meta[http-equiv=refresh]"):
        yield link(page, str(content["content"]).partition("url=")[2])


def link(page: Path, url: str) -> Link:
    parts = urlsplit(url)
    file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    return Link(page, url, file, parts.fragment)


def navigated(root: Path) -> Iterator[Path]:
    """What the navigation of the lessons leads to."""
    script = (root / "pages.js").read_text(encoding="utf-8")
    data = json.loads(script.removeprefix("siteCourse=").rstrip(";\n"))
    for _, decks in data["sections"]:
        for _, outputs, others, _ in decks:
            for rows in (outputs, *others.values()):
                stem = ""
                for _, folder, name in rows:
                    full = stem + name if name.startswith(".") else name
                    stem = full.rpartition(".")[0]
                    yield (root / data["folders"][folder] / full).resolve()
    yield from ((root / url).resolve() for _, _, url in data["languages"])


def pages(root: Path) -> list[Path]:
    return sorted(root.rglob("*.html"))


@pytest.mark.parametrize("tree", TREES)
def test_all_pages_reached_from_front(output: Path, tree: str) -> None:
    root = (output / tree).resolve()
    reached: set[Path] = set()
    waiting = {root / "index.html"}
    while waiting:
        page = waiting.pop()
        reached.add(page)
        if page.suffix == ".html" and page.is_relative_to(root):
            waiting |= {found.file for found in links(page) if _is_local(found.url)} - reached
    names = {page.relative_to(root).as_posix(): page for page in pages(root)}
    expected = {page for name, page in names.items() if not name.startswith(_UNLINKED)}
    assert len(expected) >= 4
    assert expected - reached == set()


@pytest.mark.parametrize("tree", TREES)
def test_no_link_is_dead(output: Path, tree: str) -> None:
    for page in pages(output / tree):
        for found in links(page):
            if _is_local(found.url):
                assert found.file.is_file(), found
                if found.fragment:
                    # As browsers do: as it is written, or decoded.
                    ids = [found.fragment, unquote(found.fragment)]
                    assert soup(found.file).find(id=ids) is not None, found
    assert all(file.is_file() for file in navigated(output / tree))


@pytest.mark.parametrize("tree", TREES)
def test_no_link_leaves_the_tree(output: Path, tree: str) -> None:
    top = (output / tree.partition("/")[0]).resolve()
    for page in pages(output / tree):
        assert [f.url for f in links(page) if _is_local(f.url) and top not in f.file.parents] == []
        loaded = [f.url for f in links(page) if urlsplit(f.url).scheme in ("http", "https")]
        assert loaded == []
    assert all(top in file.parents for file in navigated(output / tree))


@pytest.mark.parametrize("tree", TREES)
def test_shared_files_all_used(output: Path, tree: str) -> None:
    used = {found.file for page in pages(output / tree) for found in loads(page)}
    assert {file.resolve() for file in (output / tree / "assets").iterdir()} <= used


def loads(page: Path) -> Iterator[Link]:
    """The links of a page, with the scripts that it loads when it needs them."""
    yield from links(page)
    yield from (link(page, str(e["data-src"])) for e in soup(page).select("script[data-src]"))


def test_nothing_private_in_public_trees(output: Path) -> None:
    files = [file for file in (output / "public").rglob("*") if file.is_file()]
    assert not [file for file in files if b"onlyforspeakers" in file.read_bytes()]
    assert not [file for file in files if "speaker" in file.relative_to(output).as_posix().lower()]


@pytest.mark.parametrize("name", ["intro", "former", "more", "last"])
def test_addresses_lead_to_pages(output: Path, name: str) -> None:
    page = output / TREES[0] / "go" / f"{name}.html"
    (target,) = {found.file for found in links(page) if _is_local(found.url)}
    assert target.is_file()


@pytest.mark.parametrize("tree", TREES)
def test_front_offers_data_of_its_tree(output: Path, tree: str) -> None:
    front = output / tree / "index.html"
    files = [link(front, str(a["href"])).file for a in soup(front).select("a[download]")]
    assert [file.name for file in files] == ["a b.csv"]
    assert all(file.is_file() and (output / tree).resolve() in file.parents for file in files)


@pytest.mark.parametrize("tree", TREES)
def test_pages_have_what_finders_need(output: Path, tree: str) -> None:
    descriptions: set[str] = set()
    for page in pages(output / tree):
        name = page.relative_to(output / tree).as_posix()
        if name.startswith(_UNLINKED):
            continue
        head = soup(page)
        assert head.title is not None and head.title.text
        assert head.html is not None and head.html["lang"] in ("de", "en")
        assert head.select_one("meta[name=viewport]") is not None
        description = head.select_one("meta[name=description]")
        assert description is not None, name
        descriptions.add(str(description["content"]))
        assert head.select_one('meta[property="og:title"]') is not None
        assert all(a.get_text(strip=True) or a.get("aria-label") for a in head.select("a[href]"))
    assert len(descriptions) >= 3


def _is_local(url: str) -> bool:
    return urlsplit(url).scheme == ""


@pytest.mark.parametrize("tree", TREES)
def test_pages_are_valid(output: Path, tree: str) -> None:
    for page in pages(output / tree):
        assert problems_of(page.read_text(encoding="utf-8")) == [], page
