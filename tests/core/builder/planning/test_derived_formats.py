"""Derived formats: formats that one job type makes from another's outputs."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import PurePosixPath

import deck_plans
import pytest
from attrs import evolve, frozen
from deck_plans import PlanOf

from clm import (
    ConversionError,
    DerivedSource,
    Format,
    JobInput,
    JobRequest,
    JobType,
    OutputSpec,
    PlanContext,
    Severity,
    SourceFile,
)
from clm.builder.plan import BuildPlan

TARGETS = "output-targets:\n"


@frozen
class Payload:
    outputs: tuple[str, ...] = ()


def plan_deck(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    """One job with an output for each audience, with all of its destinations."""
    places: dict[str, list[PurePosixPath]] = {}
    for v in context.variants:
        name = f"{v.language}/{v.kind}/{v.format}"
        places.setdefault(name, []).append(
            v.directory / f"{context.number:02} {source.topic_path.stem}.{v.format}"
        )
    yield JobRequest(
        f"deck:{source.course_path}",
        "deck",
        Payload(tuple(places)),
        source.course_path,
        outputs=tuple(OutputSpec(name, tuple(where)) for name, where in places.items()),
    )


def plan_loud(derived: DerivedSource, context: PlanContext) -> Iterable[JobRequest]:
    yield JobRequest(
        f"loud:{derived.label}",
        "loud",
        Payload(tuple(item.name for item in context.topic_files)),
        derived.source.course_path,
        inputs=(derived.input,),
        outputs=(OutputSpec("loud", derived.places(".loud")),),
    )


DECK = evolve(
    deck_plans.DECK,
    payload=Payload,
    plan=plan_deck,
    formats=(Format("text", "Text"), Format("page", "Page")),
)
LOUD = JobType(
    name="loud",
    patterns=(),
    payload=Payload,
    derives="text",
    plan_derived=plan_loud,
    worker="x:y",
    fingerprint=lambda: "1",
    formats=(Format("loud", "Loud"),),
)


@pytest.fixture
def plan_of(plan_of: PlanOf) -> PlanOf:
    return partial(plan_of, types=(DECK, LOUD))


def of_type(plan: BuildPlan, name: str) -> list[JobRequest]:
    return [job for job in plan.jobs if job.job_type == name]


def places(jobs: Iterable[JobRequest]) -> list[PurePosixPath]:
    return [p for job in jobs for output in job.outputs for p in output.destinations]


def test_every_audience_gets_derived_format(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck")

    loud = places(of_type(plan, "loud"))
    text = [p for p in places(of_type(plan, "deck")) if p.suffix == ".text"]
    assert {str(p).replace("/Loud/", "/Text/").replace(".loud", ".text") for p in loud} == set(
        map(str, text)
    )
    assert plan.complete


def test_derived_job_has_one_audience(plan_of: PlanOf) -> None:
    jobs = of_type(plan_of("a/x.deck"), "loud")
    assert len(jobs) == 6
    for job in jobs:
        (item,) = job.inputs
        assert isinstance(item, JobInput)
        language, kind, _ = item.output.split("/")
        for place in places([job]):
            assert kind.title() in place.parts
            assert language.title() in place.parts


def test_base_job_unchanged_by_derivation(plan_of: PlanOf) -> None:
    with_it, without = plan_of("a/x.deck"), plan_of("a/x.deck", types=[DECK])
    assert of_type(with_it, "deck") == of_type(without, "deck")


def test_base_format_may_be_unwanted(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", more=f"{TARGETS}  - {{path: out, formats: [loud]}}\n")

    (deck,) = of_type(plan, "deck")
    assert places([deck]) == []
    assert {item.output for job in of_type(plan, "loud") for item in job.inputs} == {  # type: ignore[union-attr]
        output.name for output in deck.outputs
    }


def test_unwanted_derived_format_not_planned(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", more=f"{TARGETS}  - {{path: out, formats: [page]}}\n")

    assert of_type(plan, "loud") == []
    assert {output.name.rpartition("/")[2] for output in plan.jobs[0].outputs} == {"page"}


def test_targets_share_derived_job(plan_of: PlanOf) -> None:
    target = "{{path: {}, formats: [loud], kinds: [completed], languages: [de]}}"
    more = "".join(f"  - {target.format(name)}\n" for name in ("one", "two"))
    (job,) = of_type(plan_of("a/x.deck", more=TARGETS + more), "loud")

    assert {place.parts[0] for place in places([job])} == {"one", "two"}


def test_derived_jobs_follow_base_jobs(plan_of: PlanOf) -> None:
    late = evolve(DECK, stage=7)
    types = [job.job_type for job in plan_of("a/x.deck", "b/y.deck", types=[late, LOUD]).jobs]
    assert types == sorted(types), "deck, deck, loud, ..."


def test_derived_jobs_see_copied_files(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/y.deck", "a/notes/secret.txt", "a/img/p.png")

    seen = {name for job in of_type(plan, "loud") for name in job.payload.outputs}
    assert seen == {"img/p.png"}


def test_failed_derived_plan_keeps_base(plan_of: PlanOf) -> None:
    def failing(derived: DerivedSource, context: PlanContext) -> Iterable[JobRequest]:
        if derived.variants[0].kind == "completed":
            raise ConversionError("not that")
        return plan_loud(derived, context)

    plan = plan_of("a/x.deck", types=[DECK, evolve(LOUD, plan_derived=failing)])

    assert {report.job_type for report in plan.failed} == {"loud"}
    assert len(of_type(plan, "deck")) == 1
    assert len(of_type(plan, "loud")) == 4, "code-along in two languages, speaker in two"


def test_derived_filter_plans_base_job(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", formats=("loud",))

    assert len(of_type(plan, "loud")) == 6
    assert places(of_type(plan, "deck")) == []


def test_ids_stable_after_insertion(plan_of: PlanOf) -> None:
    before = {job.id for job in plan_of("a/x.deck").jobs}
    after = {job.id for job in plan_of("a/b.deck", "a/x.deck").jobs}
    assert before < after


def test_missing_base_format_is_warning(plan_of: PlanOf) -> None:
    (problem,) = plan_of("a/x.deck", types=[DECK, evolve(LOUD, derives="story")]).problems

    assert problem.severity is Severity.WARNING
    assert "no plugin provides the format 'story'" in problem.message
    assert "loud" in problem.message


def test_output_for_others_has_no_root(plan_of: PlanOf) -> None:
    roots: dict[bool, set[PurePosixPath]] = {True: set(), False: set()}

    def plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        for variant in context.variants:
            roots[variant.directory.name.startswith(".loud")].add(variant.root)
        return plan_deck(source, context)

    plan_of("a/one.deck", types=(evolve(DECK, plan=plan), LOUD))
    assert roots[True] == {PurePosixPath()}
    assert roots[False] and PurePosixPath() not in roots[False]
