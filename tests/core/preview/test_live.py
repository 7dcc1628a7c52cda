"""State of a preview: errors by source, versions for readers, successors of pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clm.builder.report import BuildReport, JobReport, Outcome
from clm.builds import Audience, BuildOutput
from clm.errors import Diagnostic, SpecError
from clm.preview.live import Live

FAULT = Diagnostic("broken", excerpt="a line")
FOLDER = "public/En/Course/Slides/Html/Completed"


def job(source: str, outcome: Outcome, name: str = "") -> JobReport:
    faults = (FAULT,) if outcome is Outcome.FAILED else ()
    return JobReport(f"{source}{name}", "deck", source, outcome, faults)


def ended(live: Live, *jobs: JobReport) -> dict[str, Any]:
    live.begin([])
    for report in jobs:
        live.ended(report)
    live.finish(BuildReport(jobs=list(jobs)))
    return live.now.overview(details=True)


def output(path: str, source: str) -> BuildOutput:
    everybody = Audience("en", "html", "completed", public=True)
    return BuildOutput(
        Path("out"), path, "", True, source, "", "", "", "", "", "", everybody
    )  # fmt: skip


def built(live: Live, *outputs: tuple[str, str], anew: bool = False) -> None:
    """Finish a build that has written outputs: a path, and its source."""
    made = tuple(output(path, source) for path, source in outputs)
    live.begin([], anew=anew)
    live.finish(BuildReport(delivered=lambda: made, written=lambda: made))


def test_failed_job_is_problem_of_source() -> None:
    data = ended(Live(), job("a.py", Outcome.FAILED), job("b.py", Outcome.BUILT))
    assert [(p["source"], p["message"]) for p in data["problems"]] == [("a.py", "broken")]
    assert data["state"] == "failed"


def test_mended_job_is_no_problem() -> None:
    live = Live()
    ended(live, job("a.py", Outcome.FAILED))
    assert ended(live, job("a.py", Outcome.BUILT))["problems"] == []


@pytest.mark.parametrize("order", [1, -1])
def test_other_job_of_source_hides_no_error(order: int) -> None:
    live = Live()
    jobs = [job("a.py", Outcome.FAILED, ":html"), job("a.py", Outcome.BUILT, ":code")][::order]
    live.begin([])
    for report in jobs:
        live.ended(report)
    assert live.now.problems_of("a.py", details=True)
    assert ended(live, *jobs)["problems"]


def test_spec_error_concerns_all_pages() -> None:
    live = Live()
    live.fail(SpecError([FAULT]))
    assert [p["message"] for p in live.now.problems_of("a.py", details=True)] == ["broken"]


def test_page_has_errors_of_its_source() -> None:
    live = Live()
    ended(live, job("a.py", Outcome.FAILED))
    assert live.now.problems_of("b.py", details=True) == []
    assert live.now.problems_of(None, details=True)


def test_error_told_before_build_ends() -> None:
    live = Live()
    live.begin([])
    seen = live.now.version
    live.ended(job("a.py", Outcome.FAILED))
    now = live.wait(seen, 0)
    assert now is not None and now.version > seen and now.state == "building"
    assert now.problems_of("a.py", details=True)


def test_equal_errors_shown_once() -> None:
    live = Live()
    jobs = [job("a.py", Outcome.FAILED, name) for name in (":html", ":code")]
    assert len(ended(live, *jobs)["problems"]) == 1


def test_text_of_errors_needs_permission() -> None:
    live = Live()
    ended(live, job("secret.py", Outcome.FAILED))
    live.begin([Path("secret.py")])
    live.started("secret.py", "deck", "secret.py")
    told = repr([live.now.overview(details=False), live.now.problems_of(None, details=False)])
    assert "there are errors" in told
    assert not any(text in told for text in ("secret", "broken", "a line"))


def test_many_errors_are_cut() -> None:
    data = ended(Live(), *(job(f"{n}.py", Outcome.FAILED) for n in range(500)))
    assert len(data["problems"]) < 50 and data["failed"] == 500


def test_slow_reader_gets_last_state_only() -> None:
    live = Live()
    for number in range(1000):
        live.begin([Path(f"{number}.py")])
    now = live.wait(-1, 0)
    assert now is not None and now.changed == ("999.py",)


def test_last_builds_are_few() -> None:
    live = Live()
    for _ in range(100):
        data = ended(live, job("a.py", Outcome.BUILT), job("b.py", Outcome.SKIPPED))
    assert len(data["builds"]) == 10
    assert data["builds"][0]["jobs"] == {"built": 1, "skipped": 1}


def test_closed_state_ends_waiting() -> None:
    live = Live()
    live.close()
    assert live.wait(-1, 60) is None


def test_retitled_page_has_successor() -> None:
    live = Live()
    built(live, (f"{FOLDER}/Week/01 Old.html", "a.py"))
    built(live, (f"{FOLDER}/Week/01 New.html", "a.py"), (f"{FOLDER}/Week/02 B.html", "b.py"))
    assert live.successors(f"{FOLDER}/Week/01 Old.html") == [f"{FOLDER}/Week/01 New.html"]


def test_successor_in_other_section() -> None:
    live = Live()
    built(live, (f"{FOLDER}/Week/01 A.html", "a.py"))
    built(live, (f"{FOLDER}/Other/03 A.html", "a.py"))
    assert live.successors(f"{FOLDER}/Week/01 A.html") == [f"{FOLDER}/Other/03 A.html"]


@pytest.mark.parametrize(
    "other",
    [
        "speaker/En/Course/Slides/Html/Speaker/Week/01 New.html",
        "public/De/Course/Slides/Html/Completed/Week/01 New.html",
        "public/En/Course/Slides/Html/Code-Along/Week/01 New.html",
        f"{FOLDER}/Week/01 New.ipynb",
    ],
)
def test_successor_is_of_same_kind(other: str) -> None:
    live = Live()
    built(live, (f"{FOLDER}/Week/01 Old.html", "a.py"))
    built(live, (other, "a.py"))
    assert live.successors(f"{FOLDER}/Week/01 Old.html") == []


def test_renamed_source_is_known() -> None:
    live = Live()
    built(live, ("a.html", "a.py"))
    live.begin([], anew=True)
    live.finish(BuildReport(delivered=lambda: (output("a.html", "b.py"),)))
    assert live.source_of("a.html") == "b.py"


def test_written_files_by_version() -> None:
    live = Live()
    built(live, ("a.html", "a.py"))
    seen = live.now.version
    built(live, ("img/x.png", "x.drawio"))
    assert live.now.written_since(seen) == ["img/x.png"]
    assert live.now.written_since(live.now.version) == []
