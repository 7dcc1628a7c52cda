"""Links between outputs."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from clm import FileInput, JobRequest, Link, OutputSpec, Place
from clm.build.links import lost_links
from clm.build.plan import Copy

PAGES = ("public/De/Html/Woche 1/01 A.html", "public/De/Notebooks/Woche 1/01 A.ipynb")
OTHER = "public/De/Html/Woche 2/01 Über B.html"
DATA = "public/De/Html/Woche 1/data/doc.pdf"


def lost(*links: str) -> list[str]:
    made = tuple(Link(PurePosixPath(link), Place("a.py", line=7)) for link in links)
    outputs = (OutputSpec("a", tuple(map(PurePosixPath, PAGES))),)
    jobs = [
        JobRequest("a", "t", None, "a.py", outputs=outputs, links=made),
        JobRequest("b", "t", None, "b.py", outputs=(OutputSpec("b", (PurePosixPath(OTHER),)),)),
    ]
    copies = [Copy(FileInput("data/doc.pdf", Path("doc.pdf"), ""), (PurePosixPath(DATA),))]
    return [str(warning) for warning in lost_links(jobs, copies)]


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
def test_a_link_that_leads_somewhere_from_one_output_is_not_spoken_of(link: str) -> None:
    assert lost(link) == []


@pytest.mark.parametrize(
    "link", ["01 B.html", "../01 A.html", "../../../../../../../01 A.html", "data/doc.html"]
)
def test_a_link_that_leads_nowhere_is_a_warning_with_its_place(link: str) -> None:
    (warning,) = lost(link)
    assert warning.startswith(f"a.py:7: the link {link} leads to no output of the course")


def test_a_warning_says_what_may_have_been_meant() -> None:
    (warning,) = lost("01 Uber B.html")
    assert "did you mean '01 Über B.html'?" in warning


def test_a_job_without_outputs_has_no_links() -> None:
    link = Link(PurePosixPath("x.html"), Place("a.py"))
    assert list(lost_links([JobRequest("a", "t", None, "a.py", links=(link,))], [])) == []
