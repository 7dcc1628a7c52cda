"""Files of a topic that its outputs do not need beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from attrs import evolve

from clm.jobs.request import JobRequest, OutputSpec

# The folders, as texts, that get no copy of a file, by the file's path in the topic.
Carried = Mapping[str, frozenset[str]]


def carried_files(jobs: Iterable[JobRequest]) -> Carried:
    """The folders in which no job of a topic that says something of a file needs it."""
    found: dict[str, frozenset[str]] = {}
    for job in jobs:
        for path, folders in job.carried.items():
            names = frozenset(map(str, folders))
            found[path] = found[path] & names if path in found else names
    return {path: folders for path, folders in found.items() if folders}


def not_carried(places: Iterable[str], topic_path: str, folders: frozenset[str]) -> tuple[str, ...]:
    """The destinations of a file, without those in these folders."""
    end = f"/{topic_path}"
    return tuple(place for place in places if place.removesuffix(end) not in folders)


def without_carried(jobs: Iterable[JobRequest], carried: Carried) -> list[JobRequest]:
    """The jobs; what they generate for the topic is not delivered to folders without need."""
    return [_without(job, carried) if carried else job for job in jobs]


def _without(job: JobRequest, carried: Carried) -> JobRequest:
    outputs = tuple(_placed(output, carried) for output in job.outputs)
    return job if outputs == job.outputs else evolve(job, outputs=outputs)


def _placed(output: OutputSpec, carried: Carried) -> OutputSpec:
    folders = carried.get(str(output.topic_path))
    if output.topic_path is None or not folders:
        return output
    left = not_carried(map(str, output.destinations), str(output.topic_path), folders)
    return evolve(output, destinations=tuple(map(PurePosixPath, left)))
