"""Assignment of output paths to the jobs and copies that want them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath

from attrs import define, evolve, field, frozen

from clm.builder.plan import Contested, Copy, Origin
from clm.errors import Diagnostic, Place
from clm.jobs.request import FileInput, JobRequest, OutputSpec, SharedFile


@frozen(eq=False, repr=False)
class _Claim:
    """What wants a path: an output of a job, a copied file, or a folder that must exist."""

    source: str
    file: FileInput | None = None
    job: JobRequest | None = None
    output: OutputSpec | None = None
    is_shared: bool = False

    @property
    def may_be_equal(self) -> bool:
        """Whether another source may well give the same content, as for pictures of topics."""
        is_generated = self.output is not None and self.output.topic_path is not None
        return self.file is not None or is_generated or self.is_shared

    def equals(self, other: _Claim) -> bool | None:
        """Whether the contents are equal; None if that is unknown until the jobs have run."""
        if self.file is not None and other.file is not None:
            return self.file.digest == other.file.digest
        if self.job is None and other.job is None:
            return False
        if self._has_same_result(other):
            return True
        return None if self.may_be_equal and other.may_be_equal else False

    def origin(self, named: str) -> Origin:
        if self.file is not None:
            return Origin(named, file=self.file)
        assert self.job is not None and self.output is not None  # folders are never equal
        return Origin(named, self.job.id, self.output.name)

    def _has_same_result(self, other: _Claim) -> bool:
        own, job = self.job, other.job
        if own is None or job is None or self.output is None or other.output is None:
            return False
        return (
            own.job_type == job.job_type
            and self.output.name == other.output.name
            and own.payload == job.payload
            and _digests(own) is not None
            and _digests(own) == _digests(job)
            and {output.name for output in own.outputs} == {output.name for output in job.outputs}
        )


def _digests(job: JobRequest) -> dict[str, str] | None:
    """The digests of the job's inputs by name; None if it needs results of other jobs."""
    files = [item for item in job.inputs if isinstance(item, FileInput)]
    return {f.name: f.digest for f in files} if len(files) == len(job.inputs) else None


_Owner = tuple[_Claim, str]


@define(eq=False, repr=False)
class Destinations:
    """Output paths and their sources; the first claim of a path wins, later ones are reported.

    Paths that differ only in case or in Unicode normalization are equal, since they are one file
    on Windows or macOS. A path cannot be both a file and a folder. Equal content from two sources
    is one output, which both may write. If only the results of jobs will tell whether contents
    are equal, the first source has the path, and it is `contested`. `data_dir` is the absolute
    data folder of the course, `sharing` are the job types whose sources may well give equal
    outputs: those of decks do not. `disputed` are all paths that several sources want, which may
    depend on their contents.
    """

    data_dir: Path
    sharing: Collection[str] = ()
    problems: list[Diagnostic] = field(factory=list)
    contested: list[Contested] = field(factory=list)
    disputed: set[str] = field(factory=set)
    _owners: dict[str, _Owner] = field(factory=dict)
    _folders: dict[str, _Claim] = field(factory=dict)

    def claim_jobs(self, jobs: Iterable[JobRequest]) -> list[JobRequest]:
        """The jobs, with the destinations that were granted."""
        return [self._claim_job(job) for job in jobs]

    def claim_copies(self, copies: Iterable[Copy]) -> list[Copy]:
        """The copies, with the destinations that were granted."""
        return [self._claim_copy(copy) for copy in copies]

    def claim_shared(self, jobs: Iterable[JobRequest]) -> list[SharedFile]:
        """The files that jobs share, each path once; one that is something else is reported."""
        claims: dict[PurePosixPath, tuple[SharedFile, _Claim]] = {}
        for job, files in sharing(jobs):
            for file in files:
                known, claim = claims.setdefault(file.path, (file, _Claim(job.source)))
                if known != file:
                    self._report(job.source, [(str(file.path), claim)])
        return [f for f, claim in claims.values() if self._claim(claim, [str(f.path)])]

    def _claim_copy(self, copy: Copy) -> Copy:
        granted = self._claim(_Claim(str(copy.file.path), file=copy.file), copy.destinations)
        # Usually all are granted, and a large course has tens of thousands of them.
        all_granted = len(granted) == len(copy.destinations)
        return copy if all_granted else evolve(copy, destinations=granted)

    def _claim_job(self, job: JobRequest) -> JobRequest:
        outputs = tuple(self._claim_output(job, output) for output in job.outputs)
        return job if outputs == job.outputs else evolve(job, outputs=outputs)

    def _claim_output(self, job: JobRequest, output: OutputSpec) -> OutputSpec:
        wanted = [str(path) for path in output.destinations]
        is_shared = job.job_type in self.sharing
        claim = _Claim(job.source, job=job, output=output, is_shared=is_shared)
        granted = self._claim(claim, wanted)
        all_granted = len(granted) == len(wanted)  # as above
        return output if all_granted else evolve(output, destinations=_paths(granted))

    def _claim(self, claim: _Claim, destinations: Iterable[str]) -> tuple[str, ...]:
        granted = []
        collisions: list[tuple[str, _Claim]] = []
        undecided: dict[_Claim, list[str]] = {}
        for destination in destinations:
            owner, path = self._claim_path(destination, claim)
            if owner is claim:
                granted.append(destination)
                continue
            self.disputed |= {destination, path}
            equal = owner.equals(claim)
            if equal and path == destination:
                granted.append(destination)
            elif equal is None and path == destination:
                undecided.setdefault(owner, []).append(destination)
            elif not equal or claim.file is None:
                collisions.append((destination, owner))
        if collisions:
            self._report(claim.source, collisions)
        for owner, paths in undecided.items():
            origins = [one.origin(self._named(one.source)) for one in (owner, claim)]
            self.contested.append(Contested(_paths(paths), *origins))
        return tuple(granted)

    def _claim_path(self, destination: str, claim: _Claim) -> _Owner:
        """Claims the path for the claimant; returns its owner from now on, and its path there.

        Another owner has the path as a file or a folder, or one of its parents as a file.
        """
        name = _folded(destination)
        if name in self._folders:
            return self._folders[name], destination
        # Usually the folder is known, and its parents need not be checked.
        if _folded_parent(name) not in self._folders:
            above = _folders_above(name)
            files = [self._owners[folder] for folder in above if folder in self._owners]
            if files:
                return _Claim(files[0][0].source), destination
            for folder in above:
                self._folders.setdefault(folder, _Claim(claim.source))
        return self._owners.setdefault(name, (claim, destination))

    def _report(self, source: str, collisions: list[tuple[str, _Claim]]) -> None:
        destination, owner = collisions[0]
        others = f" (and {len(collisions) - 1} more)" if len(collisions) > 1 else ""
        self.problems.append(
            Diagnostic(
                f"its output {destination} is already written from "
                f"{self._named(owner.source)}{others}",
                place=Place(self._named(source)),
                hint="rename one of the two, or give the decks different titles",
            )
        )

    def _named(self, source: str) -> str:
        path = Path(source)
        inside = path.is_relative_to(self.data_dir)
        return path.relative_to(self.data_dir).as_posix() if inside else source


def sharing(jobs: Iterable[JobRequest]) -> Iterator[tuple[JobRequest, tuple[SharedFile, ...]]]:
    """The different lists of shared files, each with one of the jobs that have it."""
    # Thousands of jobs have one and the same list.
    different = {id(job.shared): job for job in jobs if job.shared}
    return ((job, job.shared) for job in different.values())


def _paths(texts: Iterable[str]) -> tuple[PurePosixPath, ...]:
    return tuple(PurePosixPath(text) for text in texts)


def _folders_above(folded: str) -> list[str]:
    parts = folded.split("/")[:-1]
    return ["/".join(parts[:count]) or "." for count in range(len(parts), -1, -1)]


def _folded_parent(folded: str) -> str:
    return folded.rpartition("/")[0] or "."


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text.casefold())
