"""Two sources must not want one output file."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from attrs import define, evolve, field

from clm.build.plan import Copy
from clm.errors import Diagnostic, Place
from clm.jobs.request import JobRequest, OutputSpec


@define
class Destinations:
    """Who writes which output; whoever comes second goes without, and is reported.

    Paths that differ only in case, or in how an accent is written, are one: on Windows or macOS
    they are one file. Nor can one path be a file and a folder. The same content from two places
    is no collision.
    """

    problems: list[Diagnostic] = field(factory=list)
    _owners: dict[str, tuple[str, str]] = field(factory=dict)
    _folders: dict[str, str] = field(factory=dict)

    def claim_jobs(self, jobs: Iterable[JobRequest]) -> list[JobRequest]:
        """The jobs with the destinations that are theirs."""
        return [self._claim_job(job) for job in jobs]

    def claim_copies(self, copies: Iterable[Copy]) -> list[Copy]:
        """The copies with the destinations that are theirs."""
        return [
            evolve(
                copy,
                destinations=self._claim(
                    str(copy.file.path), f"file {copy.file.digest}", copy.destinations
                ),
            )
            for copy in copies
        ]

    def _claim_job(self, job: JobRequest) -> JobRequest:
        outputs = tuple(self._claim_output(job, output) for output in job.outputs)
        return job if outputs == job.outputs else evolve(job, outputs=outputs)

    def _claim_output(self, job: JobRequest, output: OutputSpec) -> OutputSpec:
        content = f"job {job.id} {output.name}"
        granted = self._claim(job.source, content, output.destinations)
        # Nearly always all are granted, and a large course has tens of thousands of them.
        all_granted = len(granted) == len(output.destinations)
        return output if all_granted else evolve(output, destinations=granted)

    def _claim(
        self, source: str, content: str, destinations: Iterable[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        granted = []
        collisions: list[tuple[PurePosixPath, str]] = []
        own = (source, content)
        for destination in destinations:
            name = _folded(destination)
            owner = self._owner(name, destination) or own
            if owner == own:
                self._take(name, destination, own)
                granted.append(destination)
            elif owner[1] != content:
                collisions.append((destination, owner[0]))
        if collisions:
            self._report(source, collisions)
        return tuple(granted)

    def _owner(self, name: str, destination: PurePosixPath) -> tuple[str, str] | None:
        """Who has the path as a file, needs it as a folder, or has a file above it."""
        if name in self._owners:
            return self._owners[name]
        if name in self._folders:
            return self._folders[name], ""
        if _folded_parent(name) in self._folders:
            return None  # so nobody has a file above it
        above = (self._owners.get(_folded(folder)) for folder in destination.parents)
        return next(((owner[0], "") for owner in above if owner), None)

    def _take(self, name: str, destination: PurePosixPath, owner: tuple[str, str]) -> None:
        self._owners[name] = owner
        if _folded_parent(name) in self._folders:
            return  # and all above it
        for folder in destination.parents:
            name = _folded(folder)
            if name in self._folders:
                break
            self._folders[name] = owner[0]

    def _report(self, source: str, collisions: list[tuple[PurePosixPath, str]]) -> None:
        destination, owner = collisions[0]
        others = f" and {len(collisions) - 1} more" if len(collisions) > 1 else ""
        self.problems.append(
            Diagnostic(
                f"its output {destination}{others} is written from {owner} already",
                place=Place(source),
                hint="rename one of the two, or give the decks different titles",
            )
        )


def _folded_parent(folded: str) -> str:
    return folded.rpartition("/")[0] or "."


def _folded(path: PurePosixPath) -> str:
    text = str(path)
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())
