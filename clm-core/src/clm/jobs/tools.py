"""The tools that a job type has on the machine where its jobs run, as part of a job's key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from attrs import field, frozen

from clm.jobs.structuring import canonical_json

ENVIRONMENT = "; environment "  # before what a job asked for, in its fingerprint


@frozen(repr=False)
class Tools:
    """The tools of a job type on one machine.

    `fingerprint` is that of `fingerprint_of`. `environment` has the versions or digests of what
    jobs asked for, by `JobRequest.environment`. `payload_version` is the newest that can be read.
    """

    fingerprint: str
    environment: Mapping[str, str] = field(factory=dict)
    payload_version: int = 1

    def fingerprint_for(self, names: Iterable[str]) -> str:
        """The fingerprint of a job that asks for these names of the environment.

        A name may have an argument, as in `kernel xcpp`, which is not part of the fingerprint.

        Raises:
            KeyError: a name is not in the environment.
        """
        values = sorted([name.partition(" ")[0], self.environment[name]] for name in names)
        return self.fingerprint + (f"{ENVIRONMENT}{canonical_json(values)}" if values else "")


def tools_in(fingerprint: str) -> str:
    """The part of a job's fingerprint that all jobs of its type have."""
    return fingerprint.partition(ENVIRONMENT)[0]


def environment_in(fingerprint: str) -> dict[str, str]:
    """What a job's fingerprint says about its environment, by name without arguments."""
    text = fingerprint.partition(ENVIRONMENT)[2]
    return {str(name): str(value) for name, value in json.loads(text)} if text else {}
