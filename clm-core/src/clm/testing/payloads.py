"""Golden payloads: for each version of a job type's payload, one as it was written then."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from clm.jobs.envelope import dump_payload, load_payload
from clm.jobs.job_type import JobType

UPDATE_VARIABLE = "CLM_UPDATE_GOLDEN"


@frozen
class GoldenPayloads:
    """The files `<job type>-<version>.json` of a folder, each with the envelope of a payload."""

    folder: Path
    job_type: JobType

    def path(self, version: int) -> Path:
        """The file of a version."""
        return self.folder / f"{self.job_type.name}-{version}.json"

    def versions(self) -> tuple[int, ...]:
        """All versions that must be readable: today's, and those that a migration leads from."""
        return tuple(sorted({*self.job_type.migrations, self.job_type.payload_version}))

    def update(self, payload: Any) -> None:
        """Write today's version, where there is no file and the user asks for it.

        A file that is there is never changed: a payload that it does not describe any more has
        another version.
        """
        path = self.path(self.job_type.payload_version)
        if os.environ.get(UPDATE_VARIABLE) and not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            envelope = json.loads(dump_payload(self.job_type, payload))
            text = json.dumps(envelope, indent=2, sort_keys=True, ensure_ascii=False)
            path.write_text(text + "\n", encoding="utf-8", newline="\n")

    def envelope(self, version: int) -> Mapping[str, Any]:
        """The envelope in the file of a version."""
        data: dict[str, Any] = json.loads(self.path(version).read_text(encoding="utf-8"))
        return data

    def read(self, version: int) -> Any:
        """The payload in the file of a version.

        Raises:
            PayloadError: it cannot be read any more.
        """
        return load_payload(self.job_type, json.dumps(self.envelope(version)))
