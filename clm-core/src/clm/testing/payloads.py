"""Golden payloads: one per version of a job type's payload, as written by that version."""

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
    """The files `<job type>-<version>.json` in a folder, each with the envelope of a payload."""

    folder: Path
    job_type: JobType

    def path(self, version: int) -> Path:
        """Return the path of a version's file."""
        return self.folder / f"{self.job_type.name}-{version}.json"

    def versions(self) -> tuple[int, ...]:
        """Return all versions that must be readable: the current one and those with a migration."""
        return tuple(sorted({*self.job_type.migrations, self.job_type.payload_version}))

    def update(self, payload: Any) -> None:
        """Write the file of the current version if it is missing and the update variable is set.

        Existing files are never changed: a changed payload needs a new version.
        """
        path = self.path(self.job_type.payload_version)
        if os.environ.get(UPDATE_VARIABLE) and not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            envelope = json.loads(dump_payload(self.job_type, payload))
            text = json.dumps(envelope, indent=2, sort_keys=True, ensure_ascii=False)
            path.write_text(text + "\n", encoding="utf-8", newline="\n")

    def envelope(self, version: int) -> Mapping[str, Any]:
        """Return the envelope in a version's file."""
        data: dict[str, Any] = json.loads(self.path(version).read_text(encoding="utf-8"))
        return data

    def read(self, version: int) -> Any:
        """Return the payload in a version's file.

        Raises:
            PayloadError: it can no longer be read.
        """
        return load_payload(self.job_type, json.dumps(self.envelope(version)))
