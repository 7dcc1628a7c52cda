"""Two sources must not want one output file."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from attrs import define, evolve, field

from clm.builder.plan import Copy
from clm.errors import Diagnostic, Place
from clm.jobs.request import JobRequest, OutputSpec


@define(eq=False, repr=False)
class Destinations:
    """Who writes which output; whoever comes second goes without, and is reported.

    Paths that differ only in case, or in how an accent is written, are one: on Windows or macOS
    they are one file. Nor can one path be a file and a folder. The same content from two places
    is no collision. `data_dir` is the absolute data folder of the course.
    """

    data_dir: Path
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
            owner = self._owner_from_now_on(destination, own)
            if owner == own:
                granted.append(destination)
            elif owner[1] != content:
                collisions.append((destination, owner[0]))
        if collisions:
            self._report(source, collisions)
        return tuple(granted)

    def _owner_from_now_on(
        self, destination: PurePosixPath, claimant: tuple[str, str]
    ) -> tuple[str, str]:
        """The claimant, unless somebody has the path as a file, needs it as a folder, or has a
        file above it."""
        name = _folded(destination)
        if name in self._folders:
            return self._folders[name], ""
        # Nearly always the folder is known, and nothing above it need be looked at.
        if _folded_parent(name) not in self._folders:
            above = [_folded(folder) for folder in destination.parents]
            files = [self._owners[folder] for folder in above if folder in self._owners]
            if files:
                return files[0][0], ""
            for folder in above:
                self._folders.setdefault(folder, claimant[0])
        return self._owners.setdefault(name, claimant)

    def _report(self, source: str, collisions: list[tuple[PurePosixPath, str]]) -> None:
        destination, owner = collisions[0]
        others = f", as {len(collisions) - 1} more are" if len(collisions) > 1 else ""
        self.problems.append(
            Diagnostic(
                f"its output {destination} is written from {self._named(owner)} already{others}",
                place=Place(self._named(source)),
                hint="rename one of the two, or give the decks different titles",
            )
        )

    def _named(self, source: str) -> str:
        path = Path(source)
        inside = path.is_relative_to(self.data_dir)
        return path.relative_to(self.data_dir).as_posix() if inside else source


def _folded_parent(folded: str) -> str:
    return folded.rpartition("/")[0] or "."


def _folded(path: PurePosixPath) -> str:
    text = str(path)
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())
