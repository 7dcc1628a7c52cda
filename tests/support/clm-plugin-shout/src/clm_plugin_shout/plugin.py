"""Job types of the test plugin.

`*.shout` is upper-cased into `<stem>.txt` for each audience; `*.gen` generates the topic's file
`<stem>.made`, which a `.shout` may use. Workers for `*.mute` fail to start, those for `*.slow`
start slowly, and those for `*.asleep` never finish starting.

Lines that start with `!` are orders (see `clm_plugin_shout.orders`). Some affect planning:
`!needs NAME` makes a file of the topic an input, `!relay NAME` upper-cases it in a job of its own
whose output is the input `NAME.loud`, `!attempts N` limits the attempts, `!cannot-plan` raises,
`!same-id` plans the job twice, `!apart` plans an output for each audience, `!plan-...` are the
faults in `FAULTS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve, frozen

from clm import (
    FileInput,
    Format,
    JobInput,
    JobRequest,
    JobType,
    OutputSpec,
    PlanContext,
    SourceFile,
    hookimpl,
)
from clm_plugin_shout.orders import orders_in


@frozen
class ShoutPayload:
    name: str


def fingerprint() -> str:
    return os.environ.get("CLM_SHOUT_FINGERPRINT", "shout 1")


def plan_shout(source: SourceFile, context: PlanContext) -> Iterator[JobRequest]:
    stem = source.topic_path.stem
    places = tuple(variant.directory / f"{stem}.txt" for variant in context.variants)
    request = _request("shout", source, context, OutputSpec("text", places))
    orders = orders_in(source.read_text())
    if "apart" in orders:
        request = evolve(request, outputs=tuple(_apart(stem, context)))
    for name in orders.get("relay", []):
        part = _part(source, context, name)
        loud = JobInput(f"{name}.loud", part.id, "text")
        request = evolve(request, inputs=(*request.inputs, loud))
        yield part
    for order in orders:
        if order in FAULTS:
            request = FAULTS[order](request)
    yield request
    if "same-id" in orders:
        yield evolve(request, source="another")


def _apart(stem: str, context: PlanContext) -> Iterator[OutputSpec]:
    """Yield an output for each audience."""
    for v in context.variants:
        yield OutputSpec(f"{v.language}-{v.kind}-{v.public}", (v.directory / f"{stem}.txt",))


def _part(source: SourceFile, context: PlanContext, name: str) -> JobRequest:
    """Return a job for a file of the topic, which only the job of `source` depends on."""
    (file,) = (item for item in context.topic_files if item.name == name)
    return JobRequest(
        id=f"shout:{source.course_path}:{name}",
        job_type="shout",
        payload=ShoutPayload(name),
        source=source.course_path,
        inputs=(file,),
        outputs=(OutputSpec("text"),),
    )


FAULTS: dict[str, Callable[[JobRequest], Any]] = {
    "plan-nothing": lambda request: None,
    "plan-unknown-type": lambda request: evolve(request, job_type="nobody"),
    "plan-unknown-job": lambda request: evolve(request, inputs=(JobInput("a", "nobody", "text"),)),
    "plan-unknown-output": lambda request: evolve(
        request, inputs=(JobInput("a", f"{request.id}:half.csv", "nothing"),)
    ),
    "plan-itself": lambda request: evolve(request, inputs=(JobInput("a", request.id, "text"),)),
    "plan-payload": lambda request: evolve(request, payload="no payload"),
}


def plan_gen(source: SourceFile, context: PlanContext) -> Iterator[JobRequest]:
    made = PurePosixPath(f"{source.topic_path.stem}.made")
    yield _request("gen", source, context, OutputSpec("text", topic_path=made))


def _like(shout: JobType, name: str, worker: str) -> JobType:
    """Return a job type with the plan of `shout` and another worker."""

    def plan(source: SourceFile, context: PlanContext) -> Iterator[JobRequest]:
        for request in plan_shout(source, context):
            yield evolve(request, id=f"{name}:{source.course_path}", job_type=name)

    return evolve(
        shout,
        name=name,
        patterns=(f"*.{name}",),
        plan=plan,
        worker=f"clm_plugin_shout.worker:{worker}",
    )


def _request(
    job_type: str, source: SourceFile, context: PlanContext, output: OutputSpec
) -> JobRequest:
    orders = orders_in(source.read_text())
    if "cannot-plan" in orders:
        raise RuntimeError("this cannot be planned")
    own = FileInput(source.topic_path.name, source.path, source.digest)
    needs = orders.get("needs", [])
    needed = tuple(item for item in context.topic_files if item.name in needs)
    return JobRequest(
        id=f"{job_type}:{source.course_path}",
        job_type=job_type,
        payload=ShoutPayload(own.name),
        source=source.course_path,
        inputs=(own, *needed),
        outputs=(output,),
        max_attempts=int(orders.get("attempts", ["3"])[0]),
    )


@hookimpl
def clm_job_types() -> list[JobType]:
    text = Format("text", "Text")
    shout = JobType(
        name="shout",
        patterns=("*.shout",),
        payload=ShoutPayload,
        plan=plan_shout,
        worker="clm_plugin_shout.worker:Shouter",
        fingerprint=fingerprint,
        formats=(text,),
        numbered=True,
        private_folders=("private",),
    )
    gen = evolve(shout, name="gen", patterns=("*.gen",), plan=plan_gen, stage=0, numbered=False)
    others = [
        _like(shout, "mute", "Mute"),
        _like(shout, "slow", "SlowStarter"),
        _like(shout, "asleep", "Asleep"),
    ]
    return [shout, gen, *others]
