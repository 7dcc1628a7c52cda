"""Plan of sites: which outputs each of them lists."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from clm import CourseContext, JobInput, JobRequest, PlannedOutput, Variant
from clm_plugin_site.payload import OutputLink, SitePayload, SiteSettings
from clm_plugin_site.planning import plan_course

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
) -> PlannedOutput:
    public = kind != "speaker"
    root = PurePosixPath(ROOTS[language, public])
    directory = root / format / kind
    path = directory / "Woche 1" / f"{deck}.{format}"
    variant = Variant(language, kind, format, directory, public, root)
    made = JobInput(path.as_posix(), f"job:{deck}", path.as_posix())
    return PlannedOutput(
        path, title, f"slides/{deck}.py", "notebook", "w1", variant, made, exported
    )


def plan(*outputs: PlannedOutput, enabled: bool = True) -> dict[str, JobRequest]:
    context = CourseContext(
        course_name={"de": "Kurs", "en": "Course"},
        sections={"w1": {"de": "Woche 1", "en": "Week 1"}, "w2": {"de": "Leer", "en": "Empty"}},
        spec="course.yaml",
        prog_lang="python",
        author="Ada Lovelace",
        organization={},
        variants=(),
        settings=SiteSettings(enabled=enabled),
        outputs=lambda: outputs,
    )
    return {request.id: request for request in plan_course((), context)}


def payload_of(request: JobRequest) -> SitePayload:
    assert isinstance(request.payload, SitePayload)
    return request.payload


def test_no_site_without_setting() -> None:
    assert plan(planned("de", "completed"), enabled=False) == {}


def test_site_per_language_and_tree() -> None:
    outputs = (planned("de", "completed"), planned("en", "completed"), planned("de", "speaker"))
    assert list(plan(*outputs)) == [f"site:{root}" for root in ROOTS.values()]


def test_site_is_in_root_folder() -> None:
    (request,) = plan(planned("de", "completed")).values()
    paths = [str(path) for output in request.outputs for path in output.destinations]
    assert paths == ["public/De/Kurs/index.html", "public/De/Kurs/search.js"]


def test_public_site_knows_no_speaker_page() -> None:
    sites = plan(planned("de", "completed"), planned("de", "speaker"))
    public = sites["site:public/De/Kurs"]
    assert "speaker" not in repr(public.inputs)
    assert all("speaker" not in link.url for link in links_of(public))


def links_of(request: JobRequest) -> list[OutputLink]:
    sections = payload_of(request).sections
    return [link for section in sections for deck in section.decks for link in deck.links]


def test_one_page_of_a_deck_searched() -> None:
    outputs = (planned("de", "code-along"), planned("de", "completed"))
    (request,) = plan(*outputs).values()
    assert [file.name for file in request.inputs] == [
        "public/De/Kurs/html/completed/Woche 1/a.html"
    ]
    assert [(link.kind, link.format) for link in links_of(request)] == [("code-along", "html")]


def test_links_are_relative_and_quoted() -> None:
    (request,) = plan(planned("de", "completed"), planned("de", "completed", "pdf")).values()
    (deck,) = payload_of(request).sections[0].decks
    assert deck.url == "html/completed/Woche%201/a.html"
    assert [link.url for link in deck.links] == ["pdf/completed/Woche%201/a.pdf"]


def test_deck_without_page_is_listed() -> None:
    (request,) = plan(planned("de", "completed", "notebook")).values()
    (deck,) = payload_of(request).sections[0].decks
    assert (deck.title, deck.page, len(deck.links), request.inputs) == ("A B", "", 1, ())


def test_outputs_without_title_left_out() -> None:
    assert plan(planned("de", "completed", "png", title="")) == {}


def test_topics_not_exported_left_out() -> None:
    assert plan(planned("de", "completed", exported=False)) == {}


def test_decks_stay_in_order() -> None:
    outputs = [planned("de", "completed", deck=deck, title=deck) for deck in "cab"]
    (request,) = plan(*outputs).values()
    assert [deck.title for deck in payload_of(request).sections[0].decks] == ["c", "a", "b"]


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
    links = payload_of(plan(*outputs)[site]).languages
    assert [link.url for link in links] == urls
