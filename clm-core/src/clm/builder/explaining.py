"""Why a job is to be done: what is different from when its outputs were made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from clm.backends.backend import SubmittedJob
from clm.jobs.key import digest_bytes
from clm.jobs.queued_inputs import PendingInput
from clm.jobs.structuring import canonical_json
from clm.jobs.task import TaskInput


@frozen
class RecordedJob:
    """What a job's outputs were made from: digests by the names of payload fields and inputs."""

    id: str
    fingerprint: str
    payload: Mapping[str, str]
    inputs: Mapping[str, str]
    outputs: tuple[str, ...]

    @classmethod
    def of(cls, job: SubmittedJob, inputs: Iterable[TaskInput]) -> RecordedJob:
        """What is to be remembered of a job that has been done with these inputs."""
        return cls(
            job.request.id,
            job.fingerprint,
            _field_digests(job.envelope),
            {item.name: item.digest for item in inputs},
            tuple(sorted(output.name for output in job.request.outputs)),
        )


def differences(job: SubmittedJob, recorded: RecordedJob | None) -> list[str]:
    """What of a job is other than when it was done last."""
    if recorded is None:
        return ["new: nothing is known of an earlier result"]
    known = [item for item in job.inputs if isinstance(item, TaskInput)]
    now = RecordedJob.of(job, known)
    pending = {item.name: item for item in job.inputs if isinstance(item, PendingInput)}
    said = [*_changed("file", recorded.inputs, now.inputs, pending)]
    said += [f"{item.name} is made anew by {item.producer}" for item in pending.values()]
    said += _changed("setting", recorded.payload, now.payload, ())
    if recorded.fingerprint != now.fingerprint:
        said.append(f"other tools: {recorded.fingerprint} became {now.fingerprint}")
    if recorded.outputs != now.outputs:
        said.append("other outputs are asked for")
    return said


def _changed(
    what: str, before: Mapping[str, str], now: Mapping[str, str], unknown: Iterable[str]
) -> Iterator[str]:
    for name in sorted({*before, *now} - set(unknown)):
        if name not in before:
            yield f"new {what} {name}"
        elif name not in now:
            yield f"{what} {name} is gone"
        elif before[name] != now[name]:
            yield f"changed {what} {name}"


def _field_digests(envelope: str) -> dict[str, str]:
    payload = json.loads(envelope)["payload"]
    return {
        name: digest_bytes(canonical_json(value).encode())[:16] for name, value in payload.items()
    }
