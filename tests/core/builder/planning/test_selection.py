"""Filters that select nothing of a course: errors and warnings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from deck_plans import DECK, MODULE, PlanOf

from clm import Severity
from clm.errors import UsageError

EMPTY = "  - {name: {de: Zwei, en: Two}, id: two, topics: []}\n"
FILES = ("a/x.deck", "a/pic.draw", "a/z.csv")


@pytest.mark.parametrize("name", ["two", "Zwei", "Two"])
def test_section_without_topics_refused(plan_of: PlanOf, name: str) -> None:
    with pytest.raises(UsageError) as caught:
        plan_of("a/x.deck", sections=EMPTY, only=(name,))

    assert caught.value.message == f"the section {name!r} has no topics"


def test_file_name_alone_suggests_path(plan_of: PlanOf) -> None:
    with pytest.raises(UsageError) as caught:
        plan_of("a/x.deck", "b/y.deck", only=("y.deck",))
    assert caught.value.hint == f"give its path: {MODULE}/topic_100_b/y.deck"


def test_selection_without_files_refused(plan_of: PlanOf, tmp_path: Path) -> None:
    (tmp_path / MODULE / "topic_100_a").mkdir(parents=True)

    for name in ("a", "W"):
        with pytest.raises(UsageError, match=f"{name!r} has no files"):
            plan_of(topics=("a",), only=(name,))


@pytest.mark.parametrize(
    ("names", "options"),
    [
        ({"kinds": ("trainer", "partial")}, "--kinds trainer,partial"),
        ({"targets": ("speaker",), "kinds": ("completed",)}, "--targets speaker --kinds completed"),
        (
            {"targets": ("speaker",), "kinds": ("completed",), "only": ("a",)},
            "--targets speaker --kinds completed --only a",
        ),
    ],
)
def test_empty_filter_result_names_options(
    plan_of: PlanOf, names: dict[str, Any], options: str
) -> None:
    plan = plan_of(*FILES, **names)

    (problem,) = plan.problems
    assert problem.message == f"no output of the course matches {options}"
    assert problem.severity is Severity.WARNING


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"kinds": ("completed",)},
        {"formats": ("text",)},
        {"only": (f"{MODULE}/topic_100_a/z.csv",)},
        {"only": (f"{MODULE}/topic_100_a/pic.draw",)},
    ],
)
def test_matching_filter_has_no_warning(plan_of: PlanOf, names: dict[str, Any]) -> None:
    assert plan_of(*FILES, **names).problems == ()


def test_no_filter_warning_after_failure(plan_of: PlanOf) -> None:
    twice = (DECK, evolve(DECK, name="deck2"))

    plan = plan_of("a/x.deck", types=twice, only=("a",))

    assert len(plan.failed) == 1
    assert plan.problems == ()
