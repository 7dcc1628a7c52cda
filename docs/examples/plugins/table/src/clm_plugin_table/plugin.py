"""Hooks: the job type `table`, for `*.csv` files."""

from collections.abc import Iterator

from attrs import frozen
from clm import FileInput, JobRequest, JobType, OutputSpec, PlanContext, SourceFile, hookimpl

clm_api_version = 1


@frozen
class TablePayload:
    name: str


def plan(source: SourceFile, context: PlanContext) -> Iterator[JobRequest]:
    name = source.topic_path.name
    yield JobRequest(
        id=f"table:{source.course_path}",
        job_type="table",
        payload=TablePayload(name),
        source=source.course_path,
        inputs=(FileInput(name, source.path, source.digest),),
        outputs=(OutputSpec("html", topic_path=source.topic_path.with_suffix(".html")),),
    )


@hookimpl
def clm_job_types() -> list[JobType]:
    return [
        JobType(
            name="table",
            patterns=("*.csv",),
            payload=TablePayload,
            plan=plan,
            worker="clm_plugin_table.worker:TableWorker",
            fingerprint=lambda: "table 1",
            stage=0,  # before the decks, which link to the tables
            delivers_source=True,  # decks read the data
        )
    ]
