"""Checks of a plan: colliding outputs, files that no plugin converts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from mimetypes import MimeTypes
from pathlib import Path, PurePosixPath

from attrs import define, evolve, field

from clm.builder.plan import Copy
from clm.errors import Diagnostic, Place, Severity
from clm.hints import shortened
from clm.jobs.job_type import JobType
from clm.jobs.request import JobRequest, OutputSpec
from clm.plugins import PluginRegistry, PluginStatus


@define(eq=False, repr=False)
class Destinations:
    """Output paths and their sources; the first claim of a path wins, later ones are reported.

    Paths that differ only in case or in Unicode normalization are equal, since they are one file
    on Windows or macOS. A path cannot be both a file and a folder. Equal content from two sources
    is not a collision. `data_dir` is the absolute data folder of the course.
    """

    data_dir: Path
    problems: list[Diagnostic] = field(factory=list)
    _owners: dict[str, tuple[str, str]] = field(factory=dict)
    _folders: dict[str, str] = field(factory=dict)

    def claim_jobs(self, jobs: Iterable[JobRequest]) -> list[JobRequest]:
        """The jobs, with the destinations that were granted."""
        return [self._claim_job(job) for job in jobs]

    def claim_copies(self, copies: Iterable[Copy]) -> list[Copy]:
        """The copies, with the destinations that were granted."""
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
        # Usually all are granted, and a large course has tens of thousands of them.
        all_granted = len(granted) == len(output.destinations)
        return output if all_granted else evolve(output, destinations=granted)

    def _claim(
        self, source: str, content: str, destinations: Iterable[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        granted = []
        collisions: list[tuple[PurePosixPath, str]] = []
        own = (source, content)
        for destination in destinations:
            owner = self._claim_path(destination, own)
            if owner == own:
                granted.append(destination)
            elif owner[1] != content:
                collisions.append((destination, owner[0]))
        if collisions:
            self._report(source, collisions)
        return tuple(granted)

    def _claim_path(self, destination: PurePosixPath, claimant: tuple[str, str]) -> tuple[str, str]:
        """Claims the path for the claimant; returns its owner from now on.

        Another owner has the path as a file or a folder, or one of its parents as a file.
        """
        name = _folded(destination)
        if name in self._folders:
            return self._folders[name], ""
        # Usually the folder is known, and its parents need not be checked.
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
        others = f" (and {len(collisions) - 1} more)" if len(collisions) > 1 else ""
        self.problems.append(
            Diagnostic(
                f"its output {destination} is already written from {self._named(owner)}{others}",
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


# Suffixes that Python's table of MIME types lacks.
_DATA = frozenset(
    {".cfg", ".db", ".docx", ".ini", ".lock", ".npy", ".npz", ".odt", ".parquet", ".pkl", ".sql"}
    | {".sqlite", ".toml", ".xls", ".xlsx", ".yaml", ".yml"}
)
_TEXT_AND_CODE = frozenset(
    {".cc", ".cpp", ".cs", ".cxx", ".go", ".hh", ".hpp", ".hxx", ".ipynb", ".java", ".jl", ".kt"}
    | {".md", ".r", ".rs", ".rst", ".ts"}
)


def may_be_source(path: PurePosixPath, job_types: Iterable[JobType]) -> bool:
    """Whether the file is neither ordinary data or code nor claimed by a job type.

    The system's table of MIME types is not used, so the answer is the same on all machines.
    """
    suffix = path.suffix.lower()
    if not suffix or suffix in _DATA | _TEXT_AND_CODE or mime_type(path):
        return False
    return not any(pattern.endswith(suffix) for jt in job_types for pattern in jt.patterns)


def unconverted_files(files: Sequence[str], plugins: PluginRegistry) -> list[Diagnostic]:
    """One warning for all these files; none if there are no files."""
    if not files:
        return []
    blocked = [p.name for p in plugins.plugins if p.status is PluginStatus.BLOCKED]
    hint = "`clm plugins list` lists the installed plugins"
    if blocked:
        hint += f"; blocked: {', '.join(blocked)}"
    return [
        Diagnostic(
            f"{len(files)} file(s) are copied unchanged, since no installed plugin converts them",
            Severity.WARNING,
            hint=hint,
            excerpt="\n".join(shortened(files)),
        )
    ]


def private_files(files: Sequence[str]) -> list[Diagnostic]:
    """One warning for all these files, which are not delivered; none if there are no files."""
    if not files:
        return []
    return [
        Diagnostic(
            f"{len(files)} file(s) are in no output: no deck uses them, and students must not see "
            "them",
            Severity.WARNING,
            hint="rename a file that is meant for students; a deck finds its files by their names",
            excerpt="\n".join(shortened(files)),
        )
    ]


_MEDIA = frozenset({"audio", "font", "image", "video"})


def is_medium(path: PurePosixPath) -> bool:
    """Whether a file is an image, audio, video or font by its suffix.

    Such a file has no text that only a speaker should see. The system's tables are not used, so
    the answer is the same on all machines.
    """
    kind = mime_type(path)
    return kind is not None and kind.partition("/")[0] in _MEDIA


def mime_type(path: PurePosixPath) -> str | None:
    """The MIME type of a file's name in Python's own tables."""
    return _tables().guess_type(path.name)[0]


@cache
def _tables() -> MimeTypes:
    return MimeTypes()
