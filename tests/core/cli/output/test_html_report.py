"""The HTML report of a build."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from attrs import evolve
from html_checks import problems_of
from hypothesis import given
from hypothesis import strategies as st

from clm.builder.outcome.last_build import LastBuild
from clm.builder.report import BuildReport, JobReport, Outcome
from clm.cli.output.html_report import report_page
from clm.errors import Diagnostic, Place, Severity

BEGAN = 1_700_000_000.0
HOSTILE = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'"


class Page(HTMLParser):
    """The tags, attributes and texts of a page as a browser parses them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.texts)


def job(outcome: Outcome = Outcome.BUILT, text: str = "a.py", **more: object) -> JobReport:
    values = {"seconds": 2.5, "started": BEGAN + 1, "worker": "thing-1"} | more
    return JobReport(text, "thing", text, outcome, **values)  # type: ignore[arg-type]


def page(*jobs: JobReport, **more: object) -> Page:
    report = BuildReport(list(jobs), seconds=4.0, **more)  # type: ignore[arg-type]
    return Page(report_page(LastBuild.of(Path("course.yaml"), BEGAN, report)))


def bad(text: str, severity: Severity = Severity.ERROR) -> Diagnostic:
    return Diagnostic(text, severity, Place(text, 3, cell=text), text, text, text)


@given(st.one_of(st.text(st.characters(codec=None)), st.just(HOSTILE)))
def test_course_text_is_escaped(text):
    harmless = page(job(Outcome.FAILED, "x", diagnostics=(bad("x"),)), problems=[bad("x")])
    shown = page(
        job(Outcome.FAILED, text, worker=text or "x", diagnostics=(bad(text or "x"),)),
        problems=[bad(text or "x")],
    )
    assert "script" not in shown.tags
    breaks = shown.tags.count("wbr")
    assert sorted(shown.tags) == sorted([*harmless.tags, *["wbr"] * breaks])
    assert {name for name, _ in shown.attributes} == {name for name, _ in harmless.attributes}


def test_page_is_self_contained():
    shown = page(job(), job(Outcome.FAILED, diagnostics=(bad("x"),)))
    assert {name for name, _ in shown.attributes}.isdisjoint({"src", "href", "srcset", "action"})
    assert not [name for name, _ in shown.attributes if name.startswith("on")]
    assert (
        "content",
        "default-src 'none'; style-src 'unsafe-inline'; connect-src 'self'",
    ) in shown.attributes
    assert "@import" not in shown.text
    assert "url(" not in shown.text


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [({}, "Done"), ({"interrupted": True}, "Interrupted"), ({"problems": [bad("x")]}, "Failed")],
)
def test_page_shows_verdict(fields, verdict):
    assert f"{verdict}: course.yaml" in page(**fields).text


def test_stop_reason_is_listed():
    build = LastBuild.of(Path("c"), BEGAN, BuildReport(), [Diagnostic("nothing progressed")])
    assert "nothing progressed" in Page(report_page(build)).text


def test_failures_have_excerpt_and_hint():
    failure = Diagnostic("it raised", excerpt="1 / 0", hint="fix it")
    text = page(job(Outcome.FAILED, diagnostics=(failure,))).text
    assert all(part in text for part in ("Errors (1)", "it raised", "1 / 0", "fix it"))


def test_shared_message_shown_once():
    twice = page(*(job(diagnostics=(bad("odd", Severity.WARNING),)) for _ in range(2)))
    assert "Warnings (1)" in twice.text


def test_failure_without_message_shown():
    assert "failed without a message" in page(job(Outcome.FAILED)).text


def test_worker_rows_and_job_bars():
    shown = page(job(), job(text="b.py"), job(text="c.py", worker="thing-2"))
    assert shown.tags.count("rect") == 3
    assert ("aria-label", "3 jobs of 2 workers") in shown.attributes


def test_no_bar_without_worker():
    idle = job(Outcome.SKIPPED, seconds=0.0, started=0.0, worker="")
    assert "svg" not in page(idle).tags


def test_slowest_jobs_come_first():
    text = page(job(text="quick.py", seconds=1.0), job(text="slow.py", seconds=3.0)).text
    table = text[text.index("Slowest jobs") :]
    assert table.index("slow.py") < table.index("quick.py")


def test_bars_stay_within_timeline():
    odd = evolve(job(), started=BEGAN - 100)
    places = [float(value) for name, value in page(odd).attributes if name in ("x", "x1", "x2")]
    assert places
    assert all(0 <= place <= 1000 for place in places)


def test_reused_job_share_shown():
    assert "50%" in page(job(), job(Outcome.SKIPPED)).text


def test_report_is_valid_html():
    report = BuildReport([job(), job(Outcome.FAILED, "b", diagnostics=(bad("c"),))], seconds=4.0)
    html = report_page(LastBuild.of(Path("course.yaml"), BEGAN, report))
    assert problems_of(html) == []
