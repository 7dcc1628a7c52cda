"""Front pages and search indexes that the converter makes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from clm import Job
from clm_plugin_site.payload import OutputLink, SiteDeck, SitePayload, SiteSection
from clm_plugin_site.worker import SiteWorker

PAGE = "public/a.html"


@pytest.fixture
def made(tmp_path: Path) -> dict[str, str]:
    html = '<main><p>First & <b>best</b></p><h2 id="x">H</h2><p>t</script>\u2028</p></main>'
    return convert(tmp_path, html, SitePayload("K<b>", "de", "", "", "", sections(PAGE)))


def sections(page: str) -> tuple[SiteSection, ...]:
    links = (OutputLink("completed", "slides", "s.html"), OutputLink("code-along", "x1", "n"))
    return (SiteSection("Woche", (SiteDeck("<i>Deck", links, page, "a.html" * bool(page)),)),)


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
    assert [a.text for a in page.select(".links a")] == ["Folien", "X1 (zum Mitmachen)"]


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
    made = convert(tmp_path, "", SitePayload("K", "ja", "", "", "", sections("")))
    page = BeautifulSoup(made["index.html"], "html.parser")
    assert page.select(".links a")[0].text == "Slides"
    assert not page.select("h3 a")


def test_nothing_is_loaded_from_elsewhere(made: dict[str, str]) -> None:
    assert "http" not in made["index.html"].replace("http-equiv", "")
