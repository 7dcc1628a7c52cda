"""State of a preview: errors by source, and browsers that do not read."""

from __future__ import annotations

import json
from typing import Any

from clm.builder.report import BuildReport, JobReport, Outcome
from clm.errors import Diagnostic, SpecError
from clm.preview.live import Live

FAULT = Diagnostic("broken")


def job(source: str, outcome: Outcome) -> JobReport:
    faults = (FAULT,) if outcome is Outcome.FAILED else ()
    return JobReport(source, "deck", source, outcome, faults)


def ended(live: Live, *jobs: JobReport) -> dict[str, Any]:
    live.begin([])
    for report in jobs:
        live.ended(report)
    live.finish(BuildReport(jobs=list(jobs)))
    return dict(live.data())


def test_failed_job_is_problem_of_source() -> None:
    data = ended(Live(), job("a.py", Outcome.FAILED), job("b.py", Outcome.BUILT))
    assert {source: p[0]["message"] for source, p in data["problems"].items()} == {"a.py": "broken"}
    assert data["state"] == "failed"


def test_mended_job_is_no_problem() -> None:
    live = Live()
    ended(live, job("a.py", Outcome.FAILED))
    assert ended(live, job("a.py", Outcome.BUILT))["problems"] == {}


def test_spec_error_concerns_all_pages() -> None:
    live = Live()
    live.fail(SpecError([FAULT]))
    assert list(live.data()["problems"]) == [""]


def test_error_told_before_build_ends() -> None:
    live = Live()
    events = live.subscribe()
    live.begin([])
    live.ended(job("a.py", Outcome.FAILED))
    told = [json.loads(events.get_nowait() or "") for _ in range(3)]
    assert [event["event"] for event in told] == ["state", "building", "failed"]
    assert list(told[-1]["problems"]) == ["a.py"]


def test_stopped_browser_blocks_nobody() -> None:
    live = Live()
    stopped = live.subscribe()
    for _ in range(1000):
        live.begin([])
    assert stopped.full()
    live.unsubscribe(stopped)
    live.begin([])


def test_gone_browser_may_go_twice() -> None:
    live = Live()
    events = live.subscribe()
    live.unsubscribe(events)
    live.unsubscribe(events)
