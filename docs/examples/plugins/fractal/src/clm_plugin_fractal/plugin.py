"""Hooks: the job type `fractal`, and its settings."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from attrs import field, frozen
from clm import FileInput, JobRequest, JobType, OutputSpec, PlanContext, SourceFile, hookimpl

clm_api_version = 1


@frozen
class FractalSettings:
    pixels: int = field(default=200, metadata={"help": "width and height of a picture"})
    time_limit: float = field(
        default=60.0, metadata={"help": "time limit for a picture, in seconds"}
    )


@frozen
class FractalPayload:
    name: str
    pixels: int
    time_limit: float


def plan(source: SourceFile, context: PlanContext) -> Iterator[JobRequest]:
    settings = context.settings or FractalSettings()
    name = source.topic_path.name
    picture = PurePosixPath("img", f"{source.topic_path.stem}.png")
    yield JobRequest(
        id=f"fractal:{source.course_path}",
        job_type="fractal",
        payload=FractalPayload(name, settings.pixels, settings.time_limit),
        source=source.course_path,
        inputs=(FileInput(name, source.path, source.digest),),
        outputs=(OutputSpec("png", topic_path=picture),),
    )


@hookimpl
def clm_settings() -> type:
    return FractalSettings


@hookimpl
def clm_job_types() -> list[JobType]:
    return [
        JobType(
            name="fractal",
            patterns=("*.fractal",),
            payload=FractalPayload,
            plan=plan,
            worker="clm_plugin_fractal.worker:FractalWorker",
            fingerprint=lambda: "clm-plugin-fractal 1",
            stage=0,
        )
    ]
