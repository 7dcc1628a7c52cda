"""Job types for decks and drawings that are only planned, and helpers to inspect plans."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import evolve, frozen

from clm import Format, JobRequest, JobType, OutputSpec, PlanContext, SourceFile
from clm.builder.plan import BuildPlan

MODULE = "slides/module_100_m"
PlanOf = Callable[..., BuildPlan]


@frozen
class Payload:
    number: int


def plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    """A job with one output for each audience."""
    places = tuple(
        v.directory / f"{context.number:02} {source.topic_path}" for v in context.variants
    )
    return [request(source, context, OutputSpec("out", places))]


def plan_generated(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    """A job that makes a picture for the topic."""
    return [request(source, context, OutputSpec("out", (), source.topic_path.with_suffix(".png")))]


def request(source: SourceFile, context: PlanContext, output: OutputSpec) -> JobRequest:
    return JobRequest(
        source.course_path,
        "deck" if output.topic_path is None else "drawing",
        Payload(context.number),
        source.course_path,
        inputs=context.topic_files,
        outputs=(output,),
    )


DECK = JobType(
    name="deck",
    patterns=("*.deck",),
    payload=Payload,
    plan=plan,
    worker="x:y",
    fingerprint=lambda: "1",
    formats=(Format("text", "Text"),),
    numbered=True,
    private_folders=("notes",),
)
DRAWING = evolve(
    DECK,
    name="drawing",
    patterns=("*.draw",),
    plan=plan_generated,
    stage=0,
    numbered=False,
    formats=(),
)


def by_source(plan: BuildPlan) -> dict[str, JobRequest]:
    """The jobs by topic and file name of their sources."""
    return {job.source.removeprefix(f"{MODULE}/topic_100_"): job for job in plan.jobs}


def copied(plan: BuildPlan) -> set[str]:
    """The names of the files that are copied."""
    return {copy.file.name for copy in plan.copies}
