"""Addresses of what pages link to, relative to them."""

from __future__ import annotations

from pathlib import PurePosixPath

from attrs import evolve

from clm import PageLinks, PlanContext, Variant
from clm_plugin_notebook.planning.site_links import site_links

ROOT = PurePosixPath("public/De/Mein Kurs")
LINKS = PageLinks("index.html", ("assets/a b.css",), ("assets/a.js",), "https://x.org/k")
NAME = "01 Ä.html"
NAMES = {"de": NAME, "en": "01 A.html"}


def variant(format: str = "html", public: bool = True, below: str = "Html/W 1") -> Variant:
    return Variant("de", "completed", format, ROOT / below, public, ROOT)


ENGLISH = evolve(
    variant(),
    language="en",
    root=PurePosixPath("public/En/Course"),
    directory=PurePosixPath("public/En/Course/Html/W 1"),
)


def context(*links: PageLinks) -> PlanContext:
    return PlanContext(
        course_name={"de": "Mein Kurs"},
        section_name={"de": "W 1"},
        topic_id="t",
        prog_lang="python",
        author="",
        organization={},
        number=1,
        variants=(variant(), ENGLISH, evolve(ENGLISH, kind="code-along")),
        page_links=links,
    )


def test_no_links_without_site() -> None:
    assert site_links(variant(), NAME, context(), NAMES) == ()


def test_links_relative_and_quoted() -> None:
    (links,) = site_links(variant(), NAME, context(LINKS), NAMES)
    assert (links.front, links.styles, links.scripts) == (
        "../../index.html",
        ("../../assets/a%20b.css",),
        ("../../assets/a.js",),
    )


def test_address_of_public_page() -> None:
    (links,) = site_links(variant(), NAME, context(LINKS), NAMES)
    assert links.address == "https://x.org/k/De/Mein%20Kurs/Html/W%201/01%20%C3%84.html"


def test_private_page_has_no_address() -> None:
    (links,) = site_links(variant(public=False), NAME, context(LINKS), NAMES)
    assert links.address == ""


def test_page_of_other_folder_has_no_address() -> None:
    (links,) = site_links(variant(), NAME, context(evolve(LINKS, published="students")), NAMES)
    assert links.address == ""


def test_notebooks_have_no_links() -> None:
    assert site_links(variant("notebook"), NAME, context(LINKS), NAMES) == ()


def test_unpublished_page_names_no_translations() -> None:
    (links,) = site_links(variant(), NAME, context(evolve(LINKS, address="")), NAMES)
    assert links.alternates == {}


def test_published_translations_have_addresses() -> None:
    (links,) = site_links(variant(), NAME, context(LINKS), NAMES)
    assert links.alternates["de"] == links.address
    assert links.alternates["en"] == "https://x.org/k/En/Course/Html/W%201/01%20A.html"


def test_page_in_one_language_has_no_translations() -> None:
    alone = evolve(context(LINKS), variants=(variant(),))
    (links,) = site_links(variant(), NAME, alone, NAMES)
    assert links.alternates == {}
