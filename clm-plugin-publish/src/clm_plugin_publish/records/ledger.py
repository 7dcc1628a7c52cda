"""The ledger of a course: a line of JSON for each publication, for version control."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from clm import UsageError
from clm.builds import CourseInfo

NAME = "published.jsonl"
OWN_FILES = "published*.jsonl"
"""The ledger and the records of cohorts, as a pattern."""

VERSION = 1


@frozen
class Publication:
    """What was published when, and from what.

    `tree` is the digest of all files there, `sources` that of the files that they were made from;
    `commit` is that of the course's own repository, with `+` after it if something was not
    committed. `reference` names the publication there, such as a commit. `corrected` are the topics
    and sections that the `cohort` was given anew.
    """

    destination: str
    time: str
    where: str
    files: int
    added: int
    changed: int
    removed: int
    tree: str
    sources: str
    commit: str = ""
    reference: str = ""
    note: str = ""
    cohort: str = ""
    corrected: str = ""


@frozen
class Ledger:
    """The file of publications beside a course's spec."""

    file: Path

    @classmethod
    def of(cls, course: CourseInfo) -> Ledger:
        """The ledger of a course."""
        return cls(course.spec.parent / NAME)

    def last(self, destination: str) -> dict[str, Any] | None:
        """The last publication for a destination, as plain data."""
        found = [e for e in self._entries() if e.get("destination") == destination]
        return found[-1] if found else None

    def has_cohort(self, cohort: str) -> bool:
        """Whether anything was published to a cohort."""
        return any(e.get("cohort") == cohort for e in self._entries())

    def add(self, publication: Publication) -> None:
        """Write a publication to the end, at once or not at all."""
        before = self.file.read_bytes() if self.file.exists() else b""
        if before and not before.endswith(b"\n"):
            before += b"\n"
        data = {"version": VERSION, **{k: v for k, v in asdict(publication).items() if v != ""}}
        line = json.dumps(data, ensure_ascii=False) + "\n"
        new = self.file.with_name(f".{self.file.name}.clm-new")
        new.write_bytes(before + line.encode())
        new.replace(self.file)

    def _entries(self) -> Iterator[dict[str, Any]]:
        if not self.file.exists():
            return
        text = self.file.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                data = json.loads(line)
            except ValueError:
                data = None
            if not isinstance(data, dict):
                hint = "mend the line, such as marks of a merge, or remove it"
                raise UsageError(f"{self.file}:{number} is no line of a ledger", hint=hint)
            yield data


def stamp(now: datetime) -> str:
    """A moment with its time zone, to the second."""
    return now.isoformat(timespec="seconds")
