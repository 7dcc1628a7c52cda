"""Cache of topic plans: only changed topics are planned again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING, MODULE, PlanOf

from clm import ConversionError, JobRequest, PlanContext, SourceFile
from clm.builder.plan import BuildPlan
from clm.builder.planning.topics.topic_plans import TopicPlans

FILES = ("a/one.deck", "a/data.csv", "b/two.deck", "b/x.draw", "c/three.deck")

Plan = Callable[..., tuple[BuildPlan, set[str]]]


@pytest.fixture
def replan(plan_of: PlanOf) -> Plan:
    """Plans the course again; returns the plan and the names of the replanned sources."""
    kept = TopicPlans()

    def make(*new: str, files: tuple[str, ...] = (), **more: object) -> tuple[BuildPlan, set[str]]:
        plan = plan_of(*new, *files, topics=("a", "b", "c"), topic_plans=kept, **more)
        return plan, {job_id.rpartition("/")[2] for job_id in kept.fresh}

    return make


def file_of(tmp_path: Path, name: str) -> Path:
    topic, _, file = name.partition("/")
    return tmp_path / MODULE / f"topic_100_{topic}" / file


def test_unchanged_topics_not_replanned(replan: Plan) -> None:
    first, replanned = replan(files=FILES)
    assert replanned == {"one.deck", "two.deck", "x.draw", "three.deck"}
    assert replan() == (first, set())


@pytest.mark.parametrize(
    ("changed", "replanned"),
    [("a/data.csv", {"one.deck"}), ("b/x.draw", {"two.deck", "x.draw"})],
)
def test_changed_file_replans_topic(
    replan: Plan, tmp_path: Path, changed: str, replanned: set[str]
) -> None:
    first, _ = replan(files=FILES)
    file_of(tmp_path, changed).write_text("another text")
    second, again = replan()
    assert again == replanned
    assert second != first


def test_new_file_replans_topic(replan: Plan) -> None:
    replan(files=FILES)
    assert replan("b/new.csv")[1] == {"two.deck", "x.draw"}


def test_shifted_number_replans_deck(replan: Plan, tmp_path: Path) -> None:
    replan(files=FILES)
    file_of(tmp_path, "b/two.deck").unlink()
    plan, replanned = replan()
    assert replanned == {"x.draw", "three.deck"}
    assert [job.payload.number for job in plan.jobs if job.source.endswith("three.deck")] == [2]


def test_changed_spec_replans_all(replan: Plan) -> None:
    replan(files=FILES)
    assert len(replan(more="author: Ada\n")[1]) == 4


def test_changed_template_replans_all(replan: Plan, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    template = tmp_path / "templates" / "macros.j2"
    template.write_text("one")
    replan(files=FILES)
    template.write_text("another")
    assert len(replan()[1]) == 4


def test_failed_plan_retried(replan: Plan) -> None:
    tools: set[str] = set()

    def plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        if not tools:
            raise ConversionError("a tool is missing")
        return DECK.plan(source, context)

    types = (evolve(DECK, plan=plan), DRAWING)
    assert len(replan(files=FILES, types=types)[0].failed) == 3
    tools.add("installed")
    repaired, replanned = replan(types=types)
    assert not repaired.failed
    assert replanned == {"one.deck", "two.deck", "x.draw", "three.deck"}
