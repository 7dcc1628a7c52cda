"""The results cache as a process without databases sees it: inputs and result of one job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from clm.errors import Diagnostic
from clm.jobs.key import digest_bytes
from clm.jobs.result import StoredResult


@define(eq=False, repr=False)
class InputFolder:
    """Keeps nothing: `inputs` is a folder of files named after their digests, and `outputs` are
    those of the last result."""

    inputs: Path
    outputs: Mapping[str, bytes] = field(factory=dict)

    def check_cache(self, key: str) -> StoredResult | None:
        """None: whoever gave the job has looked for the result."""
        return None

    def mark_used(self, key: str) -> None:
        """Do nothing, likewise."""

    def add_to_cache(
        self,
        key: str,
        job_type: str,
        outputs: Mapping[str, bytes],
        diagnostics: Iterable[Diagnostic] = (),
        metadata: Mapping[str, Any] | None = None,
        *,
        replace: bool = False,
    ) -> StoredResult:
        """Take the outputs of the job."""
        self.outputs = dict(outputs)
        digests = {name: digest_bytes(data) for name, data in outputs.items()}
        return StoredResult(key, digests, tuple(diagnostics), metadata or {})

    def read_blob(self, digest: str) -> bytes:
        """The bytes of an input.

        Raises:
            KeyError: there is none with this digest.
        """
        try:
            return (self.inputs / digest).read_bytes()
        except FileNotFoundError:
            raise KeyError(digest) from None
