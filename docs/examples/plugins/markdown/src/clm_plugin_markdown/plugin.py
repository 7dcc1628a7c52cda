"""Hooks: the format `markdown`, derived from the format `notebook`."""

from collections.abc import Iterator
from importlib.metadata import version

from attrs import frozen
from clm import DerivedSource, Format, JobRequest, JobType, OutputSpec, PlanContext, hookimpl

clm_api_version = 1


@frozen
class MarkdownPayload:
    notebook: str


def plan_derived(derived: DerivedSource, context: PlanContext) -> Iterator[JobRequest]:
    yield JobRequest(
        id=f"markdown:{derived.label}",
        job_type="markdown",
        payload=MarkdownPayload(derived.input.name),
        source=derived.source.course_path,
        inputs=(derived.input,),
        outputs=(OutputSpec("markdown", derived.places(".md"), title=derived.title),),
    )


@hookimpl
def clm_job_types() -> list[JobType]:
    return [
        JobType(
            name="markdown",
            patterns=(),
            payload=MarkdownPayload,
            derives="notebook",
            plan_derived=plan_derived,
            worker="clm_plugin_markdown.worker:MarkdownWorker",
            fingerprint=lambda: f"clm-plugin-markdown 1; nbconvert {version('nbconvert')}",
            formats=(Format("markdown", "Markdown", default=False),),
        )
    ]
