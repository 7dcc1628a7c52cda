"""Links of pages to the site of their course."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen
from bs4 import BeautifulSoup

from clm_plugin_notebook.pages.layout.site import bars, described, head_elements
from clm_plugin_notebook.payload import SiteLinks

LINKS = SiteLinks("../i.html", "A & <B>", "W", "https://x.org/a", ("../a.css",), ("../a.js",))


@frozen
class Page:
    title: str = "T"
    language: str = "de-AT"
    site: Sequence[SiteLinks] = (LINKS,)
    packages: Sequence[str] = ()


def head() -> BeautifulSoup:
    return BeautifulSoup("\n".join(head_elements(Page(), ())), "html.parser")


def test_page_names_packages() -> None:
    found = head_elements(Page(packages=("Python 3.12.1", "numpy 2.1")), ())
    assert found[0] == '<meta name="clm-packages" content="Python 3.12.1; numpy 2.1">'


def test_no_site_no_elements() -> None:
    assert (head_elements(Page(site=()), ()), bars([])) == ([], [])


def test_page_links_to_front_and_files() -> None:
    links = {str(e["rel"][0]): e["href"] for e in head().select("link")}
    assert links == {"canonical": "https://x.org/a", "stylesheet": "../a.css", "up": "../i.html"}
    assert [e["src"] for e in head().select("script")] == ["../a.js"]


def test_page_names_translations() -> None:
    page = Page(site=[evolve(LINKS, alternates={"de": "a.html", "en": "../b.html"})])
    html = BeautifulSoup("".join(head_elements(page, ())), "html.parser")
    found = {e["hreflang"]: e["href"] for e in html.select("link[rel=alternate]")}
    assert found == {"de": "a.html", "en": "../b.html"}


def test_page_without_text_is_described_by_title() -> None:
    (description,) = head().select("meta[name=description]")
    assert description["content"] == "T · A & <B>"


def test_names_in_bar_escaped() -> None:
    bar = BeautifulSoup("".join(bars([LINKS])), "html.parser")
    assert [a.text for a in bar.select("a[href='../i.html']")] == ["A & <B>", "A & <B>"]


def test_first_paragraph_describes_page() -> None:
    assert (
        described(["<h1>x</h1><p> </p>", "<p>One <b>a &lt; b</b>\n</p><p>Two</p>"]) == "One a < b"
    )


def test_long_description_ends_between_words() -> None:
    text = described([f"<p>{'word, ' * 100}</p>"])
    assert len(text) <= 160 and text.endswith("word …")
