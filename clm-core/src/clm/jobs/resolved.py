"""Jobs with resolved inputs, ready to be run."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from attrs import frozen

from clm.jobs.envelope import keyed, time_limit_in
from clm.jobs.key import cache_key


@frozen(repr=False)
class ResolvedInput:
    """An input with its digest.

    Its bytes are those of the file `path`, or, without a path, of the blob with that digest in
    the results cache.
    """

    name: str
    digest: str
    path: Path | None = None


@frozen(repr=False)
class ResolvedJob:
    """A job whose inputs all have their digests; `envelope` is the payload's, as JSON text."""

    job_type: str
    envelope: str
    fingerprint: str
    inputs: tuple[ResolvedInput, ...]
    outputs: tuple[str, ...]
    source: str
    correlation_id: str

    @property
    def time_limit(self) -> float | None:
        """The job's own time limit, in seconds, if it has one."""
        return time_limit_in(self.envelope)

    @cached_property
    def key(self) -> str:
        """The key of the job's result in the results cache."""
        digests = {item.name: item.digest for item in self.inputs}
        return cache_key(keyed(self.envelope), self.fingerprint, digests, self.outputs)
