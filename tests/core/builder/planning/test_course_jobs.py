"""Jobs over the whole course: their sources, and the outputs that other jobs deliver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import PurePosixPath

import pytest
from attrs import evolve, frozen
from deck_plans import DECK, DRAWING, MODULE, PlanOf

from clm import (
    ConversionError,
    CourseContext,
    FileInput,
    Format,
    JobRequest,
    JobType,
    OutputSpec,
    PlanContext,
    SourceFile,
)
from clm.builder.plan import BuildPlan


@frozen
class Payload:
    pages: dict[str, tuple[str, ...]]


def titled(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    assert DECK.plan is not None
    for request in DECK.plan(source, context):
        outputs = tuple(evolve(out, title=source.topic_path.stem) for out in request.outputs)
        yield evolve(request, outputs=outputs)


def plan_course(sources: Sequence[SourceFile], context: CourseContext) -> Iterable[JobRequest]:
    """An index of each audience's documents, which also shows the first of them."""
    pages = {
        str(variant.directory): tuple(
            f"{out.section}: {out.title}"
            for out in context.outputs
            if out.title and out.path.is_relative_to(variant.directory)
        )
        for variant in context.variants
    }
    yield JobRequest(
        id="index",
        job_type="index",
        payload=Payload(pages),
        source=sources[0].course_path if sources else context.spec,
        inputs=(
            *(FileInput(s.course_path, s.path, s.digest) for s in sources),
            *[out.input for out in context.outputs if out.title][:1],
        ),
        outputs=tuple(
            OutputSpec(str(v.directory), (v.directory / "index.txt",)) for v in context.variants
        ),
    )


TITLED = evolve(DECK, plan=titled)
INDEX = JobType(
    name="index",
    patterns=("*.terms",),
    payload=Payload,
    plan_course=plan_course,
    worker="x:y",
    fingerprint=lambda: "1",
    formats=(Format("text", "Text"),),
)
DE = "public/De/Kurs/Folien/Text/Completed"
EN = "public/En/Course/Slides/Text/Completed"


@pytest.fixture
def plan_of(plan_of: PlanOf) -> PlanOf:
    return partial(plan_of, types=(DRAWING, TITLED, INDEX))


def index(plan: BuildPlan) -> JobRequest:
    (job,) = [job for job in plan.jobs if job.job_type == "index"]
    return job


def test_course_sources_make_one_job(plan_of: PlanOf) -> None:
    others = "  - {id: later, name: {de: L, en: L}, topics: [b]}\n"
    job = index(plan_of("a/x.terms", "b/y.terms", topics=["a"], sections=others))
    names = [item.name.rpartition("/")[2] for item in job.inputs]
    assert names == ["x.terms", "y.terms"]


def test_job_without_sources_planned(plan_of: PlanOf) -> None:
    assert index(plan_of("a/x.deck")).source == "course.yaml"


def test_job_knows_outputs_of_others(plan_of: PlanOf) -> None:
    others = "  - {id: later, name: {de: L, en: L}, topics: [b]}\n"
    plan = plan_of("a/x.deck", "a/p.draw", "b/y.deck", topics=["a"], sections=others)
    pages = index(plan).payload.pages
    assert pages[DE] == ("section-1: x", "later: y")
    assert len(pages) == 6


def test_output_of_other_is_input(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck")
    assert index(plan).producers == {f"{MODULE}/topic_100_a/x.deck"}
    assert plan.jobs[-1] is index(plan)


def test_index_beside_section_folders(plan_of: PlanOf) -> None:
    places = [place for out in index(plan_of("a/x.deck")).outputs for place in out.destinations]
    assert PurePosixPath(DE, "index.txt") in places


def test_generated_picture_has_no_title(plan_of: PlanOf) -> None:
    seen = []

    def looking(sources: Sequence[SourceFile], context: CourseContext) -> Iterable[JobRequest]:
        seen.extend(context.outputs)
        return ()

    plan_of("a/x.deck", "a/p.draw", types=(DRAWING, TITLED, evolve(INDEX, plan_course=looking)))
    pictures = [out for out in seen if out.job_type == "drawing"]
    assert {(out.title, out.path.name) for out in pictures} == {("", "p.png")}
    assert {out.variant.format for out in pictures} == {"text"}
    assert all(out.input.name == str(out.path) for out in seen)


def test_topic_without_export_marked(plan_of: PlanOf) -> None:
    seen = {}

    def looking(sources: Sequence[SourceFile], context: CourseContext) -> Iterable[JobRequest]:
        seen.update({out.title: out.exported for out in context.outputs})
        return ()

    types = (TITLED, evolve(INDEX, plan_course=looking))
    plan_of("a/x.deck", "b/y.deck", topics=["a", "{id: b, export: false}"], types=types)
    assert seen == {"x": True, "y": False}


@pytest.mark.parametrize("reads", [True, False])
def test_failed_source_holds_reader_back(plan_of: PlanOf, reads: bool) -> None:
    def failing(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        raise ConversionError("no title")

    def blind(sources: Sequence[SourceFile], context: CourseContext) -> Iterable[JobRequest]:
        return plan_course(sources, evolve(context, outputs=tuple))

    types = (evolve(DECK, plan=failing), INDEX if reads else evolve(INDEX, plan_course=blind))
    plan = plan_of("a/x.deck", types=types)
    faults = {failed.job_type: str(failed.diagnostics[0]) for failed in plan.failed}
    assert ("index" in faults) is reads
    assert [job.job_type for job in plan.jobs] == ([] if reads else ["index"])
    if reads:
        assert "course.yaml: it cannot be planned before all other sources" in faults["index"]
        assert "a/x.deck" in faults["index"]


def test_failed_own_source_holds_job_back(plan_of: PlanOf) -> None:
    plan = plan_of(
        "a/x.terms", "a/y.deck", types=(evolve(INDEX, patterns=("*.terms", "*.deck")), TITLED)
    )
    assert not [job for job in plan.jobs if job.job_type == "index"]


def test_fault_of_plugin_concerns_its_job(plan_of: PlanOf) -> None:
    def raising(sources: Sequence[SourceFile], context: CourseContext) -> Iterable[JobRequest]:
        raise RuntimeError("no course")

    plan = plan_of("a/x.deck", types=(TITLED, evolve(INDEX, plan_course=raising)))
    (failed,) = plan.failed
    assert (failed.job_type, failed.source) == ("index", "course.yaml")
    assert "RuntimeError: no course" in failed.diagnostics[0].message
    assert len(plan.jobs) == 1


def test_second_job_of_same_id_fails(plan_of: PlanOf) -> None:
    def twice(sources: Sequence[SourceFile], context: CourseContext) -> Iterable[JobRequest]:
        return [*plan_course(sources, context), *plan_course(sources, context)]

    plan = plan_of("a/x.deck", types=(TITLED, evolve(INDEX, plan_course=twice)))
    assert [failed.job_type for failed in plan.failed] == ["index"]
    assert index(plan)


def test_private_source_kept_out(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/secret.terms", topics=["{id: a, private: [secret.*]}"])
    assert [item.name for item in index(plan).inputs if "secret" in item.name] == []


def test_filter_selects_audiences(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", kinds=("completed",))
    assert [out.name for out in index(plan).outputs] == [DE, EN]


def test_part_of_course_leaves_index_alone(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "b/y.deck", only=("a",))
    assert [job.job_type for job in plan.jobs] == ["deck"]
