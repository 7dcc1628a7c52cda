"""Decks that use a picture whose source cannot be planned."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING, MODULE, PlanOf, by_source, plan_generated

from clm import ConversionError, JobRequest, PlanContext, SourceFile
from clm.builder.planning.topics.held_back import uses

FOLDER = f"{MODULE}/topic_100_a"


def plan_drawing(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    if source.topic_path.name == "net.draw":
        raise ConversionError("not a drawing")
    return plan_generated(source, context)


TYPES = (DECK, evolve(DRAWING, plan=plan_drawing))


def test_deck_of_failed_picture_held_back(plan_of: PlanOf, tmp_path: Path) -> None:
    plan_of("a/x.deck", "a/y.deck", "a/net.draw", "a/map.draw", types=TYPES)
    (tmp_path / FOLDER / "x.deck").write_text("![](img/net.svg)")
    (tmp_path / FOLDER / "y.deck").write_text("![](img/map.svg), a net of streets.")

    result = plan_of(topics=["a"], types=TYPES)

    assert set(by_source(result)) == {"a/y.deck", "a/map.draw"}
    why = {failed.source: failed.diagnostics[0].message for failed in result.failed}
    assert why == {
        f"{FOLDER}/net.draw": "not a drawing",
        f"{FOLDER}/x.deck": "not built: it uses net.draw, which cannot be planned",
    }


def test_source_of_same_stage_not_held_back(plan_of: PlanOf, tmp_path: Path) -> None:
    types = (evolve(DECK, stage=0), TYPES[1])
    plan_of("a/x.deck", "a/net.draw", types=types)
    (tmp_path / FOLDER / "x.deck").write_text("![](img/net.svg)")

    assert set(by_source(plan_of(topics=["a"], types=types))) == {"a/x.deck"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("![](img/net.svg)", True),
        ("![](net.de.png)", True),
        ('{{ picture("net") }}', True),
        ("<img src='img/net'>", True),
        ("a net.", False),
        ("the net", False),
        ("internet.svg", False),
        ("net-2.svg", False),
        ("network.svg", False),
    ],
)
def test_use_is_name_of_file(text: str, expected: bool) -> None:
    assert uses(text, PurePosixPath("drawio/net.de.draw")) is expected


@pytest.mark.parametrize("text", ["\u00fcbung 1.svg", "%C3%BCbung%201.svg"])
def test_use_in_each_spelling(text: str) -> None:
    assert uses(text, PurePosixPath("u\u0308bung 1.draw"))
