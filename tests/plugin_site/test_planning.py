"""Plan of sites: which outputs each of them lists."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from clm import ConversionError, CourseContext, JobInput, JobRequest, PlannedOutput, Variant
from clm.authoring.starting import initial_settings
from clm.plugins import PluginRegistry
from clm_plugin_site.payload import FrontPage, OutputLink, Pages, SitePayload, SiteSettings
from clm_plugin_site.planning import page_links, plan_course

ROOTS = {
    ("de", True): "public/De/Kurs",
    ("en", True): "public/En/Course",
    ("de", False): "speaker/De/Kurs",
}


def planned(
    language: str,
    kind: str,
    format: str = "html",
    deck: str = "a",
    title: str = "A B",
    exported: bool = True,
    topic: str = "intro",
) -> PlannedOutput:
    public = kind != "speaker"
    root = PurePosixPath(ROOTS[language, public])
    directory = root / format / kind
    path = directory / "Woche 1" / f"{deck}.{format}"
    variant = Variant(language, kind, format, directory, public, root)
    made = JobInput(path.as_posix(), f"job:{deck}", path.as_posix())
    return PlannedOutput(
        path, title, f"slides/{deck}.py", "notebook", "w1", variant, made, exported, topic
    )


def plan(*outputs: PlannedOutput, enabled: bool = True, **settings: Any) -> dict[str, JobRequest]:
    context = CourseContext(
        course_name={"de": "Kurs", "en": "Course"},
        sections={"w1": {"de": "Woche 1", "en": "Week 1"}, "w2": {"de": "Leer", "en": "Empty"}},
        spec="course.yaml",
        prog_lang="python",
        author="Ada Lovelace",
        organization={},
        variants=(),
        settings=SiteSettings(enabled=enabled, **settings),
        outputs=lambda: outputs,
    )
    return {request.id: request for request in plan_course((), context)}


def front_of(request: JobRequest) -> FrontPage:
    assert isinstance(request.payload, SitePayload)
    assert request.payload.front is not None
    return request.payload.front


def pages_of(request: JobRequest) -> Pages:
    assert isinstance(request.payload, SitePayload)
    assert request.payload.pages is not None
    return request.payload.pages


def front(*outputs: PlannedOutput) -> JobRequest:
    (found,) = (r for name, r in plan(*outputs).items() if name.startswith("site:"))
    return found


def test_no_site_without_setting() -> None:
    assert plan(planned("de", "completed"), enabled=False) == {}


def test_site_per_language_and_tree() -> None:
    outputs = (planned("de", "completed"), planned("en", "completed"), planned("de", "speaker"))
    names = [f"{job}:{root}" for root in ROOTS.values() for job in ("site", "site-pages")]
    assert list(plan(*outputs)) == names


def test_site_is_in_root_folder() -> None:
    request = front(planned("de", "completed"))
    paths = [str(path) for output in request.outputs for path in output.destinations]
    assert paths == ["public/De/Kurs/index.html", "public/De/Kurs/search.js"]


def test_public_site_knows_no_speaker_page() -> None:
    sites = plan(planned("de", "completed"), planned("de", "speaker"))
    public = sites["site:public/De/Kurs"]
    assert "speaker" not in repr(public.inputs)
    assert all("speaker" not in link.url for link in links_of(public))


def links_of(request: JobRequest) -> list[OutputLink]:
    sections = front_of(request).sections
    return [link for section in sections for deck in section.decks for link in deck.links]


def test_one_page_of_a_deck_searched() -> None:
    outputs = (planned("de", "code-along"), planned("de", "completed"))
    request = front(*outputs)
    assert [file.name for file in request.inputs] == [
        "public/De/Kurs/html/completed/Woche 1/a.html"
    ]
    assert [(link.kind, link.format) for link in links_of(request)] == [("code-along", "html")]


def test_links_are_relative_and_quoted() -> None:
    request = front(planned("de", "completed"), planned("de", "completed", "pdf"))
    (deck,) = front_of(request).sections[0].decks
    assert deck.url == "html/completed/Woche%201/a.html"
    assert [link.url for link in deck.links] == ["pdf/completed/Woche%201/a.pdf"]


def test_deck_without_page_is_listed() -> None:
    request = front(planned("de", "completed", "notebook"))
    (deck,) = front_of(request).sections[0].decks
    assert (deck.title, deck.page, len(deck.links), request.inputs) == ("A B", "", 1, ())


def test_outputs_without_title_left_out() -> None:
    assert plan(planned("de", "completed", "png", title="")) == {}


def test_topics_not_exported_left_out() -> None:
    # The front page stays, since the page of the topic links to it.
    assert front_of(front(planned("de", "completed", exported=False))).sections == ()


def test_decks_stay_in_order() -> None:
    outputs = [planned("de", "completed", deck=deck, title=deck) for deck in "cab"]
    request = front(*outputs)
    assert [deck.title for deck in front_of(request).sections[0].decks] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("site", "urls"),
    [
        ("site:public/De/Kurs", ["../../En/Course/index.html"]),
        ("site:public/En/Course", ["../../De/Kurs/index.html"]),
        ("site:speaker/De/Kurs", []),
    ],
)
def test_languages_of_same_tree_linked(site: str, urls: list[str]) -> None:
    outputs = (planned("de", "completed"), planned("en", "completed"), planned("de", "speaker"))
    links = front_of(plan(*outputs)[site]).languages
    assert [link.url for link in links] == urls


PUBLIC = "site-pages:public/De/Kurs"


def addresses(*outputs: PlannedOutput, **settings: Any) -> dict[str, str]:
    pages = pages_of(plan(*outputs, **settings)[PUBLIC])
    return {path: target for path, (target, _) in pages.addresses.items()}


def test_address_from_topic_id() -> None:
    made = addresses(planned("de", "completed", topic="Größe 1", title="Other"))
    assert made == {"go/groesse-1.html": "html/completed/Woche 1/a.html"}


def test_each_deck_of_topic_has_address() -> None:
    made = addresses(planned("de", "completed", deck="a"), planned("de", "completed", deck="b"))
    assert list(made) == ["go/intro.html", "go/intro/a.html", "go/intro/b.html"]


def test_other_letters_get_digest() -> None:
    one, two = (next(iter(addresses(planned("de", "completed", topic=t)))) for t in ("学習", "学"))
    assert one != two and one.isascii() and two.isascii()


def test_former_id_redirected() -> None:
    made = addresses(planned("de", "completed"), redirects={"start": "intro"})
    assert made["go/start.html"] == made["go/intro.html"]


@pytest.mark.parametrize("redirects", [{"old": "nowhere"}, {"intro": "intro"}])
def test_wrong_redirect_fails(redirects: dict[str, str]) -> None:
    with pytest.raises(ConversionError, match="redirect"):
        plan(planned("de", "completed"), redirects=redirects)


def test_description_in_language_of_page() -> None:
    made = plan(
        planned("de", "completed"),
        planned("en", "completed"),
        description="K",
        descriptions={"en": "C"},
    )
    fronts = [front_of(job) for name, job in made.items() if name.startswith("site:")]
    assert {page.language: page.description for page in fronts} == {"de": "K", "en": "C"}


def test_description_in_unknown_language_fails() -> None:
    with pytest.raises(ConversionError, match="no such language"):
        plan(planned("de", "completed"), descriptions={"fr": "C"})


def test_equal_addresses_fail() -> None:
    with pytest.raises(ConversionError, match="same address"):
        plan(
            planned("de", "completed", topic="ö", deck="a"),
            planned("de", "completed", topic="oe", deck="b"),
        )


@pytest.mark.parametrize("address", ["example.org", "ftp://example.org", "https://x.org/?a"])
def test_wrong_address_fails(address: str) -> None:
    with pytest.raises(ConversionError, match="no address"):
        plan(planned("de", "completed"), address=address)


def test_unknown_published_folder_fails() -> None:
    with pytest.raises(ConversionError, match="which folder"):
        plan(planned("de", "completed"), address="https://example.org", published="speaker")


def test_sitemap_only_with_address() -> None:
    outputs = planned("de", "completed"), planned("de", "speaker")
    with_address = {"address": "https://example.org/x/"}
    assert [
        [name for name, job in plan(*outputs, **s).items() for o in job.outputs if "map" in o.name]
        for s in ({}, with_address)
    ] == [[], [PUBLIC]]
    pages = pages_of(plan(*outputs, **with_address)[PUBLIC])
    assert pages.address == "https://example.org/x/De/Kurs/"


def test_sitemap_pairs_decks_of_two_files() -> None:
    outputs = planned("de", "completed", deck="a.de"), planned("en", "completed", deck="a.en")
    alone = planned("de", "completed", deck="b.de"), planned("de", "speaker", deck="a.de")
    pages = pages_of(plan(*outputs, *alone, address="https://x.org")[PUBLIC])
    page = "html/completed/Woche%201"
    assert pages.alternates == {
        "html/completed/Woche 1/a.de.html": {
            "de": f"https://x.org/De/Kurs/{page}/a.de.html",
            "en": f"https://x.org/En/Course/{page}/a.en.html",
        }
    }
    assert pages_of(plan(*outputs)[PUBLIC]).alternates == {}


def test_deck_keeps_its_id_with_another_title() -> None:
    ids = set()
    for title in ("A", "B"):
        (deck,) = front_of(front(planned("de", "completed", title=title))).sections[0].decks
        ids.add(deck.id)
    assert ids == {"intro/a"}


def test_public_navigation_without_speaker_page() -> None:
    sites = plan(planned("de", "completed"), planned("de", "speaker"), planned("en", "completed"))
    assert "speaker" not in pages_of(sites[PUBLIC]).navigation


def test_navigation_pairs_languages() -> None:
    outputs = planned("de", "completed", deck="a.de"), planned("en", "completed", deck="a.en")
    data = json.loads(pages_of(plan(*outputs)[PUBLIC]).navigation)
    ((_, ((_, own, others, name_of_deck),)),) = data["sections"]
    ((_, folder, name),) = others["en"]
    assert (own, name) == ([[0, 0, "a.de.html"]], "a.en.html")
    assert name_of_deck == "intro/a"
    assert data["folders"][folder] == "../../En/Course/html/completed/Woche 1"


def test_page_links_only_with_site() -> None:
    links = page_links(SiteSettings(enabled=True, address="https://example.org/"))
    assert page_links(SiteSettings()) is None
    assert links is not None
    assert (links.front, links.address) == ("index.html", "https://example.org")
    assert [path.split(".")[0] for path in (*links.styles, *links.scripts)] == ["assets/site"] * 2


def test_new_courses_have_site() -> None:
    assert initial_settings(PluginRegistry.load())["site"] == {"enabled": True}


def test_new_courses_share_page_assets(monkeypatch: pytest.MonkeyPatch) -> None:
    assert initial_settings(PluginRegistry.load())["notebook"] == {"page-assets": "shared"}
    monkeypatch.setenv("CLM_BLOCK_PLUGINS", "site")
    assert "notebook" not in initial_settings(PluginRegistry.load())
