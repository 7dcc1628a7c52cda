"""A job as it is carried out: the request with everything known that its result depends on."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from clm.jobs.key import cache_key


@frozen
class TaskInput:
    """An input with its digest.

    Its bytes are those of the file `path`, or, without one, the blob of that digest in the
    results cache.
    """

    name: str
    digest: str
    path: Path | None = None


@frozen
class Task:
    """A job of which all inputs are known; `envelope` is the payload's, as JSON text."""

    job_type: str
    envelope: str
    fingerprint: str
    inputs: tuple[TaskInput, ...]
    outputs: tuple[str, ...]
    source: str
    correlation_id: str

    @property
    def key(self) -> str:
        """The key of the task's result in the results cache."""
        digests = {item.name: item.digest for item in self.inputs}
        return cache_key(self.envelope, self.fingerprint, digests, self.outputs)
