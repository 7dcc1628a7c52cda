"""Claimed sources: which are delivered, and the warning about data that decks miss."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING, MODULE, PlanOf, by_source, copied, plan, plan_generated

from clm import JobRequest, JobType, Link, Place, PlanContext, SourceFile
from clm.errors import Severity


def plan_table(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    return [evolve(r, job_type="table") for r in plan_generated(source, context)]


TABLE = evolve(DRAWING, name="table", patterns=("*.csv",), plan=plan_table)
DELIVERED = evolve(TABLE, delivers_source=True)


def linking(name: str) -> JobType:
    """The decks, each with a link to this file and no other input."""

    def planned(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        link = Link(PurePosixPath(name), Place(source.course_path, 7))
        return [evolve(r, inputs=(), links=(link,)) for r in plan(source, context)]

    return evolve(DECK, plan=planned)


def warnings(plan_of: PlanOf, deck: JobType, table: JobType, file: str = "data.csv") -> list[str]:
    """The places and messages about files that are missing."""
    result = plan_of("a/x.deck", f"a/{file}", types=(deck, table))
    missing = [p for p in result.problems if "is missing in the outputs" in p.message]
    assert all(problem.severity is Severity.WARNING for problem in missing)
    return [f"{problem.place}: {problem.message}" for problem in missing]


def test_claimed_source_is_not_delivered(plan_of: PlanOf) -> None:
    assert copied(plan_of("a/data.csv", types=(TABLE, DECK))) == set()


def test_source_delivered_where_declared(plan_of: PlanOf) -> None:
    result = plan_of("a/data.csv", "a/x.deck", types=(DELIVERED, DECK))

    assert copied(result) == {"data.csv"}
    assert "a/data.csv" in by_source(result), "it is converted as well"


def test_delivered_source_is_file_of_topic(plan_of: PlanOf) -> None:
    seen: list[PlanContext] = []

    def noted(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        seen.append(context)
        return plan(source, context)

    plan_of("a/data.csv", "a/b.csv", "a/x.deck", types=(DELIVERED, evolve(DECK, plan=noted)))

    assert seen[0].claimed == {"x.deck"}


def test_source_of_two_needs_both(plan_of: PlanOf) -> None:
    rival = evolve(TABLE, name="rival", patterns=("d*.csv",))
    assert copied(plan_of("a/data.csv", "a/x.deck", types=(DELIVERED, rival, DECK))) == set()


def test_delivered_source_may_be_private(plan_of: PlanOf) -> None:
    def is_private(source: SourceFile) -> bool:
        return source.topic_path.name == "data.csv"

    deck = evolve(DECK, has_private_content=is_private)
    result = plan_of("a/data.csv", "a/b.csv", "a/x.deck", types=(DELIVERED, deck))

    places = {copy.file.name: copy.destinations for copy in result.copies}
    assert places["data.csv"] and all(place.startswith("speaker") for place in places["data.csv"])
    assert any(place.startswith("public") for place in places["b.csv"])


@pytest.mark.parametrize(
    ("deck", "place"),
    [(DECK, ""), (linking("data.csv"), ":7"), (linking("./data.csv"), ":7")],
    ids=["input", "link", "dotted link"],
)
def test_deck_that_uses_taken_data_warned(plan_of: PlanOf, deck: JobType, place: str) -> None:
    (warning,) = warnings(plan_of, deck, TABLE)

    assert warning == (
        f"{MODULE}/topic_100_a/x.deck{place}: data.csv is missing in the outputs, since it is a "
        "source of the job type 'table' (plugin 'test' of clm-test 1)"
    )


def test_unused_taken_data_not_warned(plan_of: PlanOf) -> None:
    assert warnings(plan_of, linking("other.csv"), TABLE) == []


def test_delivered_data_not_warned(plan_of: PlanOf) -> None:
    assert warnings(plan_of, DECK, DELIVERED) == []


@pytest.mark.parametrize("file", ["p.draw", "p.md", "y.deck"])
def test_own_format_not_warned(plan_of: PlanOf, file: str) -> None:
    table = evolve(TABLE, patterns=(f"*{Path(file).suffix}",))
    types = (DECK, table) if file != "y.deck" else (DECK, TABLE)
    result = plan_of("a/x.deck", f"a/{file}", types=types)
    assert not [p for p in result.problems if "is missing" in p.message]
