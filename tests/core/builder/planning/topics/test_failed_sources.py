"""Sources that cannot be planned: each fails alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING, PlanOf, by_source, copied, plan

from clm import JobRequest, PlanContext, SourceFile


def test_file_claimed_twice_fails_alone(plan_of: PlanOf) -> None:
    rival = evolve(DECK, name="rival", patterns=("x.*",))

    plan = plan_of("a/x.deck", "a/y.deck", types=(DECK, rival))

    assert set(by_source(plan)) == {"a/y.deck"}
    (failed,) = plan.failed
    assert failed.diagnostics[0].message == (
        "claimed by two job types: 'deck' of plugin 'test' of clm-test 1 "
        "and 'rival' of plugin 'test' of clm-test 1"
    )
    assert by_source(plan)["a/y.deck"].payload.number == 2, "numbers do not depend on faults"
    assert not plan.complete
    assert "x.deck" not in copied(plan)


def failing(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    yield from plan(source, context)
    raise LookupError("in the middle")


@pytest.mark.parametrize(
    ("planner", "message"),
    [
        (failing, "job type 'deck' failed to plan the source: LookupError: in the middle"),
        (lambda source, context: None, "failed to plan the source: TypeError"),
        (lambda source, context: ["job"], "'job' is not a JobRequest"),
        (
            lambda source, context: [evolve(r, job_type="nobody") for r in plan(source, context)],
            "no loaded plugin offers its job type 'nobody'",
        ),
    ],
)
def test_planner_error_fails_source_alone(plan_of: PlanOf, planner: Any, message: str) -> None:
    plan = plan_of(
        "a/x.deck", "a/p.draw", "a/data.csv", types=(evolve(DECK, plan=planner), DRAWING)
    )

    (failed,) = plan.failed
    assert failed.source.endswith("a/x.deck")
    assert message in str(failed.diagnostics[0])
    assert set(by_source(plan)) == {"a/p.draw"}
    assert copied(plan) == {"data.csv"}
    assert not plan.complete


def test_duplicate_job_id_fails(plan_of: PlanOf) -> None:
    def same(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        return [evolve(r, id="same") for r in plan(source, context)]

    result = plan_of("a/x.deck", "a/y.deck", types=(evolve(DECK, plan=same),))

    assert set(by_source(result)) == {"a/x.deck"}
    (failed,) = result.failed
    assert "duplicate job id 'same', already used by" in str(failed.diagnostics[0])
