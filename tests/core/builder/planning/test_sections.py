"""Jobs with several sources of a section."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import pytest
from attrs import evolve, frozen
from deck_plans import MODULE, PlanOf

from clm import (
    ConversionError,
    FileInput,
    Format,
    JobRequest,
    JobType,
    OutputSpec,
    SectionContext,
    SourceFile,
)


@frozen
class Payload:
    title: str


def plan_section(sources: Sequence[SourceFile], context: SectionContext) -> Iterable[JobRequest]:
    places = tuple(v.directory / "Index.txt" for v in context.variants)
    yield JobRequest(
        id=f"index:{context.section_id}",
        job_type="index",
        payload=Payload(context.section_name["de"]),
        source=sources[0].course_path,
        inputs=tuple(FileInput(s.course_path, s.path, s.digest) for s in sources),
        outputs=(OutputSpec("index", places),),
    )


INDEX = JobType(
    name="index",
    patterns=("*.terms",),
    payload=Payload,
    plan_section=plan_section,
    worker="x:y",
    fingerprint=lambda: "1",
    formats=(Format("text", "Text"),),
)


@pytest.fixture
def plan_of(plan_of: PlanOf) -> PlanOf:
    return partial(plan_of, types=(INDEX,))


def names(job: JobRequest) -> list[str]:
    return [item.name.removeprefix(f"{MODULE}/topic_100_") for item in job.inputs]


def test_section_sources_make_one_job(plan_of: PlanOf) -> None:
    (job,) = plan_of("b/z.terms", "b/y.terms", "a/x.terms").jobs

    assert names(job) == ["b/y.terms", "b/z.terms", "a/x.terms"]
    assert PurePosixPath("public/De/Kurs/Folien/Text/Completed/W/Index.txt") in (
        job.outputs[0].destinations
    )


def test_no_job_without_sources(plan_of: PlanOf) -> None:
    assert plan_of("a/x.csv", "a/y.txt").jobs == ()


def test_each_section_has_own_job(plan_of: PlanOf) -> None:
    others = "  - {id: later, name: {de: L, en: L}, topics: [b]}\n"
    jobs = plan_of("a/x.terms", "b/y.terms", topics=["a"], sections=others).jobs

    assert [names(job) for job in jobs] == [["a/x.terms"], ["b/y.terms"]]
    assert [job.id for job in jobs] == ["index:section-1", "index:later"]


def test_sources_are_not_copied(plan_of: PlanOf) -> None:
    assert plan_of("a/x.terms", "a/y.csv").copies[0].file.name == "y.csv"


def test_failed_plan_at_first_source(plan_of: PlanOf) -> None:
    def failing(sources: Sequence[SourceFile], context: SectionContext) -> Iterable[JobRequest]:
        yield from plan_section(sources, context)
        raise ConversionError("a term is explained twice")

    plan = plan_of("a/x.terms", "b/y.terms", types=[evolve(INDEX, plan_section=failing)])

    (failed,) = plan.failed
    assert failed.source.endswith("a/x.terms")
    assert "explained twice" in str(failed.diagnostics[0])
    assert plan.jobs == ()
    assert not plan.complete


def test_topic_output_refused(plan_of: PlanOf) -> None:
    def for_topic(sources: Sequence[SourceFile], context: SectionContext) -> Iterable[JobRequest]:
        for request in plan_section(sources, context):
            yield evolve(request, outputs=(OutputSpec("a", topic_path=PurePosixPath("a.txt")),))

    (failed,) = plan_of("a/x.terms", types=[evolve(INDEX, plan_section=for_topic)]).failed
    assert "has a topic_path, but the request has no topic" in str(failed.diagnostics[0])


def test_failed_source_prevents_job(plan_of: PlanOf) -> None:
    rival = evolve(INDEX, name="rival", patterns=("y.*",), plan=lambda s, c: [], plan_section=None)

    plan = plan_of("a/x.terms", "b/y.terms", types=[INDEX, rival])

    assert plan.jobs == ()
    (failed,) = plan.failed
    assert failed.source.endswith("b/y.terms")


def test_source_and_section_jobs_combined(plan_of: PlanOf) -> None:
    def plan_each(source: SourceFile, context: Any) -> Iterable[JobRequest]:
        return [JobRequest(source.course_path, "index", Payload(""), source.course_path)]

    plan = plan_of("a/x.terms", "b/y.terms", types=[evolve(INDEX, plan=plan_each)])

    assert len(plan.jobs) == 3


@pytest.mark.parametrize("topic", ["a", "b"])
def test_filter_with_source_keeps_job(plan_of: PlanOf, topic: str) -> None:
    plan = plan_of("a/x.terms", "b/y.terms", "c/data.csv", only=(topic,))
    assert len(plan.jobs) == 1


def test_filter_without_source_drops_job(plan_of: PlanOf) -> None:
    assert plan_of("a/x.terms", "c/data.csv", only=("c",)).jobs == ()
