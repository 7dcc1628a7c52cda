"""Front pages and search indexes that the converter makes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from attrs import evolve
from bs4 import BeautifulSoup

from clm import Job
from clm_plugin_site.page_text import PageText
from clm_plugin_site.payload import (
    FrontPage,
    OutputLink,
    Pages,
    SiteDeck,
    SitePayload,
    SiteSection,
)
from clm_plugin_site.worker import SiteWorker

PAGE = "public/a.html"


@pytest.fixture
def made(tmp_path: Path) -> dict[str, str]:
    html = '<main><p>First & <b>best</b></p><h2 id="x">H</h2><p>t</script>\u2028</p></main>'
    return convert(tmp_path, html, front("K<b>", "de", PAGE))


def sections(page: str) -> tuple[SiteSection, ...]:
    links = (OutputLink("completed", "slides", "s.html"), OutputLink("code-along", "x1", "n"))
    return (SiteSection("Woche", (SiteDeck("<i>Deck", links, page, "a.html" * bool(page)),)),)


def front(title: str, language: str, page: str = "", **more: Any) -> SitePayload:
    values = {"description": "", "author": "", "organization": "", "public": True, **more}
    return SitePayload(
        FrontPage(title, language, sections=sections(page), style="s.css", script="s.js", **values)
    )


def convert(folder: Path, html: str, payload: SitePayload) -> dict[str, str]:
    (folder / "public").mkdir()
    (folder / PAGE).write_text(html, encoding="utf-8")
    worker = SiteWorker()
    worker.start()
    job = Job(folder, "course.yaml", ("index.html", "search.js"), "t", is_cancelled=lambda: False)
    outputs = worker.convert(payload, job).outputs
    return {name: data.decode() for name, data in outputs.items() if isinstance(data, bytes)}


def test_names_are_escaped(made: dict[str, str]) -> None:
    page = BeautifulSoup(made["index.html"], "html.parser")
    assert page.h1 is not None and page.h1.text == "K<b>"
    assert [a.text for a in page.select("h3 a")] == ["<i>Deck"]


def test_links_named_by_kind_and_format(made: dict[str, str]) -> None:
    page = BeautifulSoup(made["index.html"], "html.parser")
    rows = [[part.text for part in row.select("span, a")] for row in page.select(".links")]
    assert rows == [["Folien"], ["Zum Mitmachen", "X1"]]


@pytest.mark.parametrize(("count", "links"), [(4, 0), (5, 5)])
def test_long_course_has_contents(tmp_path: Path, count: int, links: int) -> None:
    payload = front("K", "de", PAGE)
    assert payload.front is not None
    shown = SitePayload(evolve(payload.front, sections=payload.front.sections * count))
    page = BeautifulSoup(convert(tmp_path, "", shown)["index.html"], "html.parser")
    found = [str(a["href"]).removeprefix("#") for a in page.select(".jump a")]
    assert len(found) == links and all(page.find(id=name) for name in found)


def test_files_with_data_offered(tmp_path: Path) -> None:
    payload = front("K", "de", PAGE)
    assert payload.front is not None
    (section,) = payload.front.sections
    deck = evolve(section.decks[0], files={"a b.csv": "Html/a%20b.csv"})
    shown = evolve(payload.front, sections=(evolve(section, decks=(deck,)),))
    page = BeautifulSoup(convert(tmp_path, "", SitePayload(shown))["index.html"], "html.parser")
    (link,) = page.select("a[download]")
    assert (link.text, link["href"]) == ("a b.csv", "Html/a%20b.csv")


def test_first_paragraph_is_summary(made: dict[str, str]) -> None:
    page = BeautifulSoup(made["index.html"], "html.parser")
    assert [p.text for p in page.select(".summary")] == ["First & best"]


def test_index_is_safe_script(made: dict[str, str]) -> None:
    script = made["search.js"]
    assert "<" not in script and "\u2028" not in script
    data = json.loads(script.removeprefix("siteIndex=").rstrip(";\n"))
    assert data["pages"] == [["a.html", "<i>Deck"]]
    assert [part[1:3] for part in data["parts"]] == [["", ""], ["x", "H"]]


def test_other_languages_get_english(tmp_path: Path) -> None:
    made = convert(tmp_path, "", front("K", "ja"))
    page = BeautifulSoup(made["index.html"], "html.parser")
    assert page.select(".links a")[0].text == "Slides"
    assert not page.select("h3 a")


def test_nothing_is_loaded_from_elsewhere(made: dict[str, str]) -> None:
    assert "http" not in made["index.html"].replace("http-equiv", "")


def pages(address: str = "") -> SitePayload:
    target = {"go/a.html": ("Html/W 1/a.html", "A & B"), "go/a/b.html": ("Html/W 1/b.html", "B")}
    return SitePayload(
        pages=Pages("K", "de", "{}", {"assets/x.css": "site.css"}, target, ("a b.html",), address)
    )


def test_redirects_relative_and_quoted(tmp_path: Path) -> None:
    made = convert(tmp_path, "", pages())
    page = BeautifulSoup(made["go/a/b.html"], "html.parser")
    assert [a["href"] for a in page.select("a")] == ["../../Html/W%201/b.html"]
    assert page.select_one("meta[http-equiv]")["content"] == "0; url=../../Html/W%201/b.html"
    assert "A &amp; B" in made["go/a.html"]


def test_missing_page_leads_to_front(tmp_path: Path) -> None:
    page = BeautifulSoup(convert(tmp_path, "", pages())["404.html"], "html.parser")
    assert {a["href"] for a in page.select("a")} == {"index.html"}
    assert not page.select("link[rel=stylesheet], script[src]")


def test_sitemap_has_absolute_addresses(tmp_path: Path) -> None:
    made = convert(tmp_path, "", pages("https://x.org/De/K/"))
    found = re.findall("<loc>(.*)</loc>", made["sitemap.xml"])
    assert found == ["https://x.org/De/K/index.html", "https://x.org/De/K/a%20b.html"]


def test_sitemap_names_translations(tmp_path: Path) -> None:
    made = pages("https://x.org/De/K/")
    assert made.pages
    others = {"de": "https://x.org/De/K/a%20b.html", "en": "https://x.org/En/K/a.html"}
    payload = evolve(made, pages=evolve(made.pages, alternates={"a b.html": others}))
    found = ElementTree.fromstring(convert(tmp_path, "", payload)["sitemap.xml"])
    link = "{http://www.w3.org/1999/xhtml}link"
    links = [[(x.get("hreflang"), x.get("href")) for x in url.iter(link)] for url in found]
    assert links == [[], list(others.items())]


def test_private_front_page_not_indexed(tmp_path: Path) -> None:
    page = convert(tmp_path, "", front("K", "de", public=False))["index.html"]
    assert '<meta name="robots" content="noindex">' in page


def test_unchanged_page_is_read_once(tmp_path: Path) -> None:
    known = {'{"page": "1"}': PageText((), "Kept").to_bytes()}

    def memo(parts: Any, compute: Callable[[], bytes]) -> bytes:
        key = json.dumps(parts)
        return known[key] if key in known else compute()

    (tmp_path / "public").mkdir()
    (tmp_path / PAGE).write_text("<main><p>New</p></main>")
    found = []
    for digest in ("1", "2"):
        job = Job(tmp_path, "course.yaml", ("index.html",), "t", is_cancelled=lambda: False,
                  input_digests={PAGE: digest}, memo=memo)  # fmt: skip
        worker = SiteWorker()
        worker.start()
        html = worker.convert(front("K", "de", PAGE), job).outputs["index.html"]
        assert isinstance(html, bytes)
        found.append([text for text in ("Kept", "New") if text.encode() in html])
    assert found == [["Kept"], ["New"]]


@pytest.mark.parametrize(("language", "words"), [("de", "Ausgeführt mit"), ("en", "Run with")])
def test_front_page_names_packages(tmp_path: Path, language: str, words: str) -> None:
    (tmp_path / "public").mkdir()
    meta = '<meta name="clm-packages" content="Python 3.12.1; numpy 2.1">'
    (tmp_path / PAGE).write_text(f"{meta}<main><p>New</p></main>", encoding="utf-8")
    job = Job(tmp_path, "course.yaml", ("index.html",), "t", is_cancelled=lambda: False)
    worker = SiteWorker()
    worker.start()
    html = worker.convert(front("K", language, PAGE), job).outputs["index.html"]
    assert isinstance(html, bytes)
    assert f"<li>{words} Python 3.12.1</li>" in html.decode()
    assert f"<span>{words}</span><span>numpy 2.1</span>" in html.decode()
