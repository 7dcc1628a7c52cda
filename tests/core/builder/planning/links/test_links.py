"""Links between outputs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest
from attrs import evolve
from deck_plans import DECK, MODULE, PlanOf, plan

from clm import FileInput, JobRequest, Link, OutputSpec, Place, PlanContext, Severity, SourceFile
from clm.builder.plan import Copy
from clm.builder.planning.links.link_targets import CourseLinks, Outputs
from clm.builder.planning.links.linked_sources import LinkedSources

PAGES = ("public/De/Html/Woche 1/01 A.html", "public/De/Notebooks/Woche 1/01 A.ipynb")
OTHER = "public/De/Html/Woche 2/01 Über B.html"
DATA = "public/De/Html/Woche 1/data/doc.pdf"


def warnings_of(*links: str) -> list[str]:
    made = tuple(Link(PurePosixPath(link), Place("a.py", line=7)) for link in links)
    outputs = (OutputSpec("a", tuple(map(PurePosixPath, PAGES))),)
    jobs = [
        JobRequest("a", "t", None, "a.py", outputs=outputs, links=made),
        JobRequest("b", "t", None, "b.py", outputs=(OutputSpec("b", (PurePosixPath(OTHER),)),)),
    ]
    copies = [Copy(FileInput("data/doc.pdf", Path("doc.pdf"), ""), (DATA,))]
    return [str(warning) for warning in links_of(jobs, copies).lost(jobs[0])]


def links_of(jobs: list[JobRequest], copies: list[Copy]) -> CourseLinks:
    sources = LinkedSources((), {}, {}, is_source=lambda path: False)
    return CourseLinks(Outputs(jobs, copies), sources, certain=True)


@pytest.mark.parametrize(
    "link",
    [
        "01 A.html",
        "01 A.ipynb",
        "../Woche 2/01 Über B.html",
        "../Woche 2/01 U\u0308ber B.html",
        "data/doc.pdf",
        "./data/../data/doc.pdf",
        "..",
        "../../Notebooks/Woche 1",
    ],
)
def test_valid_link_has_no_warning(link: str) -> None:
    assert warnings_of(link) == []


@pytest.mark.parametrize(
    "link", ["01 B.html", "../01 A.html", "../../../../../../../01 A.html", "data/doc.html"]
)
def test_broken_link_warns_with_place(link: str) -> None:
    (warning,) = warnings_of(link)
    assert warning.startswith(f"a.py:7: broken link: {link} is not an output of the course")


def test_broken_link_suggests_nearest() -> None:
    (warning,) = warnings_of("01 Uber B.html")
    assert "did you mean '01 Über B.html'?" in warning


def test_job_without_outputs_not_checked() -> None:
    link = Link(PurePosixPath("x.html"), Place("a.py"))
    job = JobRequest("a", "t", None, "a.py", links=(link,))
    assert list(links_of([job], []).lost(job)) == []


def test_links_checked_after_planning(plan_of: PlanOf) -> None:
    def linking(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        place = Place(source.course_path, line=3)
        links = [Link(PurePosixPath(p), place) for p in ("02 b.deck", "02 c.deck")]
        return [evolve(job, links=tuple(links)) for job in plan(source, context)]

    deck = evolve(DECK, plan=linking)
    (first, second) = plan_of("a/a.deck", "a/b.deck", types=(deck,)).problems
    assert first.severity is Severity.WARNING
    assert first.message == "broken link: 02 c.deck is not an output of the course"
    assert str(first.place) == f"{MODULE}/topic_100_a/a.deck:3"
    assert second.place != first.place
