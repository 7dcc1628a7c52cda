"""Unreadable files of a course: each is reported, and all others are planned."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING, MODULE, PlanOf, by_source, copied, plan, request

from clm import JobRequest, Link, OutputSpec, Place, PlanContext, Severity, SourceFile

pytestmark = pytest.mark.usefixtures("locked")


def test_unreadable_source_fails_alone(plan_of: PlanOf) -> None:
    plan = plan_of("a/locked.deck", "a/x.deck", "a/data.csv", "b/y.deck")

    (failed,) = plan.failed
    assert failed.source == f"{MODULE}/topic_100_a/locked.deck"
    (diagnostic,) = failed.diagnostics
    assert str(diagnostic) == f"{failed.source}: the file cannot be read: Permission denied"
    assert set(by_source(plan)) == {"a/x.deck", "b/y.deck"}
    assert copied(plan) == {"data.csv"}
    assert not plan.complete


def test_unreadable_file_leaves_rest_planned(plan_of: PlanOf, tmp_path: Path) -> None:
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "locked.txt").write_text("x")
    (tmp_path / "extra" / "free.txt").write_text("x")
    more = "dir-groups: [{name: E, path: extra}]\n"
    plan = plan_of("a/x.deck", "a/locked.csv", "a/locked.draw", "a/locked.png", more=more)

    errors = [str(problem) for problem in plan.problems if problem.severity is Severity.ERROR]
    assert [place.partition(": ")[0].rpartition("/")[2] for place in errors] == [
        *("locked.csv", "locked.png", "locked.txt"),
    ]
    assert [failed.source.rpartition("/")[2] for failed in plan.failed] == ["locked.draw"]
    assert set(by_source(plan)) == {"a/x.deck"}
    assert copied(plan) == {"free.txt"}
    assert not plan.complete


def test_unreadable_file_still_superseded(plan_of: PlanOf) -> None:
    def draw(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        picture = source.topic_path.with_name("locked.png")
        return [request(source, context, OutputSpec("out", (), picture))]

    plan = plan_of("a/pic.draw", "a/locked.png", types=(DECK, evolve(DRAWING, plan=draw)))

    (generated,) = plan.generated
    assert generated.path.name == "locked.png"
    assert generated.superseded is None
    (problem,) = plan.problems
    assert "locked.png" in str(problem)
    assert copied(plan) == set()


def test_link_to_failed_source_allowed(plan_of: PlanOf) -> None:
    def linking(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        link = Link(PurePosixPath("02 locked.deck"), Place(source.course_path))
        return [evolve(job, links=(link,)) for job in plan(source, context)]

    made = plan_of("a/a.deck", "a/locked.deck", types=(evolve(DECK, plan=linking),))
    assert made.problems == ()
