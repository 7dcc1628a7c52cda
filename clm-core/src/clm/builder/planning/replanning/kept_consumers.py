"""The requests of jobs that need outputs of topics, as plain data to be kept on disk.

They are kept with their payloads, since they are planned from the outputs of all topics.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import evolve, frozen

from clm.builder.plan import BuildPlan
from clm.builder.variant_folders import VariantFolders
from clm.jobs.envelope import dump_payload, environment_names, load_payload, time_limit_in
from clm.jobs.job_type import JobType
from clm.jobs.request import FileInput, Input, JobInput, JobRequest, OutputSpec
from clm.jobs.structuring import canonical_json


def dumped_consumers(
    plan: BuildPlan, of_topics: Collection[str], job_types: Mapping[str, JobType]
) -> list[Any] | None:
    """The jobs of sections and of the course that need outputs of others, in their order.

    `of_topics` are the ids of the jobs of topics. None if there are other jobs of this kind.
    """
    folders = VariantFolders.of(plan.variants)
    found = []
    for job in plan.jobs:
        if job.id in of_topics or not job.producers:
            continue
        job_type = job_types[job.job_type]
        formats = frozenset(item.name for item in job_type.formats) or frozenset({""})
        parents = {str(path.parent) for output in job.outputs for path in output.destinations}
        if not parents or any(folders.find(parent, formats) for parent in parents):
            return None  # the place of an output depends on the variants of other topics
        envelope = dump_payload(job_type, job.payload, job.time_limit, job.environment)
        data = _dumped(job, envelope)
        # What is local may be another time without a change of the course.
        if '"local":' in envelope or _loaded(data) != evolve(job, payload=None):
            return None
        found.append(b64encode(zlib.compress(canonical_json(data).encode(), 1)).decode())
    return found


@frozen(eq=False, repr=False)
class KeptConsumer:
    """A job that needs outputs of topics: its request, without the payload, and its envelope."""

    request: JobRequest
    envelope: str

    @classmethod
    def loaded(cls, kept: str) -> KeptConsumer:
        """The job in kept data; a ValueError, KeyError or TypeError if that is damaged."""
        try:
            data = json.loads(zlib.decompress(b64decode(kept)))
        except zlib.error as error:
            raise ValueError("damaged") from error
        return cls(_loaded(data), data[2])

    def with_payload(self, job_types: Mapping[str, JobType]) -> JobRequest:
        """The request as it was planned; raises as `load_payload`."""
        payload = load_payload(job_types[self.request.job_type], self.envelope)
        return evolve(self.request, payload=payload)


def _dumped(job: JobRequest, envelope: str) -> list[Any]:
    outputs = [[out.name, [*map(str, out.destinations)], out.title] for out in job.outputs]
    inputs = [*map(_dumped_input, job.inputs)]
    order = [job.priority, job.max_attempts]
    return [job.id, job.job_type, envelope, job.source, inputs, outputs, *order]


def _loaded(data: list[Any]) -> JobRequest:
    job_id, job_type, envelope, source, inputs, outputs, priority, max_attempts = data
    return JobRequest(
        id=job_id,
        job_type=job_type,
        payload=None,
        source=source,
        inputs=tuple(map(_loaded_input, inputs)),
        outputs=tuple(
            OutputSpec(name, tuple(map(PurePosixPath, paths)), title=title)
            for name, paths, title in outputs
        ),
        priority=priority,
        max_attempts=max_attempts,
        time_limit=time_limit_in(envelope),
        environment=environment_names(envelope),
    )


def _dumped_input(item: Input) -> list[str]:
    if isinstance(item, JobInput):
        return ["job", item.name, item.producer, item.output]
    return ["file", item.name, str(item.path), item.digest]


def _loaded_input(data: list[str]) -> Input:
    kind, name, place, content = data
    return (
        JobInput(name, place, content) if kind == "job" else FileInput(name, Path(place), content)
    )
