"""Generated files that decks use, of job types that are planned too late for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING, MODULE, PlanOf, plan_generated

from clm import JobRequest, JobType, PlanContext, SourceFile
from clm.errors import Severity


def plan_source(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    """A job that delivers its own source."""
    (job,) = plan_generated(source, context)
    return [evolve(job, outputs=(evolve(job.outputs[0], topic_path=source.topic_path),))]


def late(plan_of: PlanOf, folder: Path, drawing: JobType, text: str) -> list[str]:
    """The warnings about a picture for a deck with this text."""
    types = (DECK, drawing)
    plan_of("a/x.deck", "a/my net.draw", types=types)
    (folder / MODULE / "topic_100_a" / "x.deck").write_text(text)
    problems = plan_of(topics=["a"], types=types).problems
    found = [problem for problem in problems if "planned too late" in problem.message]
    assert all(problem.severity is Severity.WARNING for problem in found)
    return [str(problem) for problem in found]


@pytest.mark.parametrize("text", ["![](<my net.png>)", "![](my%20net.png)"])
@pytest.mark.parametrize("stage", [1, 2])
def test_late_picture_is_named(plan_of: PlanOf, tmp_path: Path, stage: int, text: str) -> None:
    (message,) = late(plan_of, tmp_path, evolve(DRAWING, stage=stage), text)
    assert message.startswith(f"{MODULE}/topic_100_a/x.deck: plugin ")
    assert "my net.png, which its job type 'drawing' makes of my net.draw" in message
    assert f"stage={stage}, but 'deck' has stage=1" in message
    assert "set stage=0" in message


@pytest.mark.parametrize(
    ("drawing", "text"),
    [
        (DRAWING, "![](<my net.png>)"),
        (evolve(DRAWING, stage=1), "![](net.png)"),
        (evolve(DRAWING, stage=1, plan=plan_source), "![](<my net.draw>)"),
    ],
    ids=["planned first", "not used", "a source"],
)
def test_others_are_not_late(plan_of: PlanOf, tmp_path: Path, drawing: JobType, text: str) -> None:
    assert late(plan_of, tmp_path, drawing, text) == []
