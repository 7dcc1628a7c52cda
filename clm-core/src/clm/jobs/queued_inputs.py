"""The inputs of a queued job as JSON text, including outputs of other, pending jobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from attrs import frozen

from clm.jobs.resolved import ResolvedInput
from clm.jobs.structuring import canonical_json


@frozen(repr=False)
class PendingInput:
    """The output `output` of the job with the id `producer`, which the job sees as `name`."""

    name: str
    producer: str
    output: str


QueuedInput = ResolvedInput | PendingInput


def dump_inputs(inputs: Iterable[QueuedInput]) -> str:
    """The inputs as JSON text, for `load_inputs`."""
    return canonical_json([_plain(item) for item in inputs])


def load_inputs(text: str, digest_of: Callable[[str, str], str]) -> tuple[ResolvedInput, ...]:
    """The inputs; outputs of other jobs are resolved by `digest_of(producer, output)`."""
    return tuple(_resolved(item, digest_of) for item in json.loads(text))


def _plain(item: QueuedInput) -> list[str]:
    if isinstance(item, PendingInput):
        return ["job", item.name, item.producer, item.output]
    if item.path is None:
        return ["blob", item.name, item.digest]
    return ["file", item.name, item.digest, str(item.path)]


def _resolved(item: list[str], digest_of: Callable[[str, str], str]) -> ResolvedInput:
    kind, name, *rest = item
    if kind == "job":
        return ResolvedInput(name, digest_of(rest[0], rest[1]))
    return ResolvedInput(name, rest[0], Path(rest[1]) if kind == "file" else None)
