"""The rows of the record of outputs, and the forms in which they take little space."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from attrs import frozen

from clm.errors import Diagnostic
from clm.jobs.key import digest_bytes
from clm.jobs.resolved import ResolvedInput
from clm.jobs.structuring import canonical_json
from clm.jobs.submitted import SubmittedJob


class RecordedOutput(NamedTuple):
    """An output of an earlier build.

    `path` is relative to the output folder, with `/` between its parts. `key` is that of the
    job's result, or the digest of the file it is copied from.

    Without `size` and `mtime_ns` the output was being written when the build ended: the file may
    be the old or the new one, and is CLM's in either case. `course` is the path of the spec whose
    build wrote it last: several courses may share an output folder. `chosen` says that
    `--output-dir` chose the folder for that build.
    """

    path: str
    key: str
    digest: str
    size: int | None = None
    mtime_ns: int | None = None
    course: str = ""
    chosen: bool = False

    def matches(self, stat: os.stat_result) -> bool:
        """Whether the file is unmodified since CLM wrote it."""
        return self.size == stat.st_size and self.mtime_ns == stat.st_mtime_ns


@frozen(repr=False)
class RecordedFailure:
    """A job, or source that could not be planned, whose last run failed, and when.

    `outputs` are the destinations of the outputs that the job was to make.
    """

    job: str
    job_type: str
    source: str
    outputs: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]
    failed_at: float


@frozen(repr=False)
class RecordedJob:
    """The inputs of a job's last run: digests by the names of payload fields and inputs."""

    id: str
    fingerprint: str
    payload: Mapping[str, str]
    inputs: Mapping[str, str]
    outputs: tuple[str, ...]

    @classmethod
    def of(cls, job: SubmittedJob, inputs: Iterable[ResolvedInput]) -> RecordedJob:
        """The record of a job that was run with these inputs."""
        return cls(
            job.request.id,
            job.fingerprint,
            _field_digests(job.envelope),
            {item.name: item.digest for item in inputs},
            tuple(sorted(output.name for output in job.request.outputs)),
        )


def _field_digests(envelope: str) -> dict[str, str]:
    payload = json.loads(envelope)["payload"]
    return {
        name: digest_bytes(canonical_json(value).encode())[:16] for name, value in payload.items()
    }


def packed_digest(text: str) -> str | bytes:
    """A key or digest as it is stored: as bytes, unless it is no hexadecimal number."""
    try:
        packed = bytes.fromhex(text)
    except ValueError:
        return text
    return packed if packed.hex() == text else text


def unpacked_digest(stored: str | bytes) -> str:
    return stored if isinstance(stored, str) else stored.hex()


def packed_job(job: RecordedJob) -> bytes:
    """What a job was made from, as it is stored."""
    parts = (job.fingerprint, job.payload, job.inputs, job.outputs)
    return zlib.compress(canonical_json(parts).encode(), 1)


def unpacked_job(job: str, stored: str | bytes) -> RecordedJob:
    """The job of which that is stored; rows of earlier versions are not compressed."""
    text = stored if isinstance(stored, str) else zlib.decompress(stored)
    fingerprint, payload, inputs, outputs = json.loads(text)
    return RecordedJob(job, fingerprint, payload, inputs, tuple(outputs))
