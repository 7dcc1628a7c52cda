"""Targets of links: the output files that links lead to, in each output of the linking job."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import Protocol

from attrs import define, field, frozen

from clm.builder.plan import Copy, FailedSource
from clm.builder.planning.links.linked_sources import LinkedSource, LinkedSources
from clm.builder.planning.plugins.calls import call_resolve_links
from clm.builder.planning.plugins.request_checks import RequestRules
from clm.errors import Diagnostic, Severity
from clm.hints import nearest
from clm.jobs.job_type import JobType
from clm.jobs.request import JobRequest, Link, LinkTarget

_NOT_BUILT = "the source is not built for these readers in this format"
_RELATIVE = "links are relative to the output file"

_Targets = dict[str, dict[str, LinkTarget]]


@define(eq=False, repr=False, slots=False)
class Outputs:
    """The output files of a whole course, for links that are relative to an output."""

    jobs: Iterable[JobRequest]
    copies: Iterable[Copy]

    def has(self, folder: PurePosixPath, path: PurePosixPath) -> bool:
        """Whether a path, relative to an output folder, is a file or folder of the outputs."""
        target = _normal(posixpath.normpath(folder / path))
        return target in self.files or target in self._folders

    def job_of(self, folder: PurePosixPath, path: PurePosixPath) -> JobRequest | None:
        """The job that makes the file at a path, relative to an output folder."""
        return self.files.get(_normal(posixpath.normpath(folder / path)))

    @cached_property
    def files(self) -> Mapping[str, JobRequest | None]:
        made = ((d, job) for job in self.jobs for o in job.outputs for d in o.destinations)
        files: dict[str, JobRequest | None] = {_normal(str(d)): job for d, job in made}
        return files | {_normal(d): None for copy in self.copies for d in copy.destinations}

    def makers(self, name: str) -> Iterator[JobRequest]:
        """The jobs that make files of this name."""
        made = (job for path, job in self.files.items() if posixpath.basename(path) == name)
        return (job for job in made if job is not None)

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(PurePosixPath(file).name for file in self.files)

    @cached_property
    def _folders(self) -> frozenset[str]:
        parents = map(PurePosixPath, {posixpath.dirname(file) for file in self.files})
        return frozenset(str(folder) for p in parents for folder in (p, *p.parents))


@frozen(eq=False, repr=False)
class CourseLinks:
    """Resolves the links of jobs.

    `outputs` and `sources` are those of the whole course. If sources could not be planned, the
    plan is not `certain`, and a link to nowhere may be one to an output of these. `derived` are the
    places of what is derived from outputs, by job and output: they count for outputs that are
    not delivered themselves. Without `has_sources`, no link was looked for: `sources` is empty.

    `found` has, by the id of a job, what its links lead to; `linking` likewise the jobs whose links
    lead to what it makes; `faulty` are the ids of jobs about whose links something was reported.
    """

    outputs: Outputs
    sources: LinkedSources
    certain: bool
    derived: Mapping[tuple[str, str], tuple[PurePosixPath, ...]] = field(factory=dict)
    has_sources: bool = True
    found: dict[str, _Targets] = field(factory=dict, init=False)
    linking: dict[str, set[str]] = field(factory=dict, init=False)
    faulty: set[str] = field(factory=set, init=False)
    _hints: dict[tuple[str, PurePosixPath], str] = field(factory=dict, init=False)

    def targets(self, job: JobRequest) -> _Targets:
        """What the links of a job lead to, by the names of its outputs and their paths."""
        links = {str(link.path): link for link in job.links}
        places = {
            output.name: output.destinations or self.derived.get((job.id, output.name), ())
            for output in job.outputs
        }
        self.found[job.id] = targets = {
            name: {path: self._target(job, where, link) for path, link in links.items()}
            for name, where in places.items()
            if where
        }
        return targets

    def lost(self, job: JobRequest) -> Iterator[Diagnostic]:
        """A warning for each link that leads nowhere in any output of its job."""
        if not (job.links and self.certain):
            return
        folders = {d.parent for output in job.outputs for d in output.destinations}
        for link in job.links if folders else ():
            if not any(self.outputs.has(folder, link.path) for folder in folders):
                yield Diagnostic(
                    f"broken link: {link.path} is not an output of the course",
                    Severity.WARNING,
                    link.place,
                    hint=nearest(link.path.name, self.outputs.names, _RELATIVE),
                )

    def _target(self, job: JobRequest, places: tuple[PurePosixPath, ...], link: Link) -> LinkTarget:
        source = self.sources.named(job.source, link.path)
        found = [self._at(place, link, source) for place in places]
        best = next((target for target in found if target.path is not None), found[0])
        lost = next((p for p, t in zip(places, found, strict=True) if t.path != best.path), None)
        if best.path is None:
            lost = places[0]
        hint = self._hint(job, link, source) if lost and self.certain else ""
        if best.request is not None:
            self.linking.setdefault(best.request.id, set()).add(job.id)
        return LinkTarget(best.path, lost, hint, best.request, best.output)

    def _at(self, place: PurePosixPath, link: Link, source: LinkedSource | None) -> LinkTarget:
        if self.outputs.has(place.parent, link.path):
            return LinkTarget(str(link.path))
        made = source and self.sources.made_at(place, source)
        if not made:
            return LinkTarget(None)
        path = posixpath.relpath(made.path, place.parent)
        return LinkTarget(path, None, "", made.request, made.output)

    def _hint(self, job: JobRequest, link: Link, source: LinkedSource | None) -> str:
        # The same for all outputs, and looking for similar names takes time.
        key = job.id, link.path
        if key not in self._hints:
            self._hints[key] = self._new_hint(job, link, source)
        return self._hints[key]

    def _new_hint(self, job: JobRequest, link: Link, source: LinkedSource | None) -> str:
        if source is not None:
            return _NOT_BUILT
        if self.sources.is_id(link.path):
            return nearest(str(link.path), self.sources.ids)
        folders = (d.parent for output in job.outputs for d in output.destinations)
        made = (self.outputs.job_of(folder, link.path) for folder in folders)
        meant = {self.sources.id_of(other.source) for other in made if other}
        meant |= self.sources.ids_of_files(link.path.name)
        meant |= {self.sources.id_of(other.source) for other in self.outputs.makers(link.path.name)}
        if names := sorted(filter(None, meant)):
            return f"write {' or '.join(names[:3])}, which leads to the source in all outputs"
        known = self.outputs.names | self.sources.file_names
        return nearest(link.path.name, known, _RELATIVE)


class Links(Protocol):
    """What the links of jobs lead to."""

    @property
    def faulty(self) -> set[str]:
        """The ids of jobs with links about which something was reported."""

    def targets(self, job: JobRequest) -> Mapping[str, Mapping[str, LinkTarget]]:
        """What the links of a job lead to, by the names of its outputs and their paths."""

    def lost(self, job: JobRequest) -> Iterator[Diagnostic]:
        """A warning for each link that leads nowhere in any output of its job."""


@frozen(eq=False, repr=False)
class Resolved:
    """Jobs with what their links lead to, and the problems that were found."""

    jobs: list[JobRequest]
    failed: list[FailedSource]
    problems: list[Diagnostic]

    @classmethod
    def of(
        cls,
        jobs: Iterable[JobRequest],
        job_types: Iterable[JobType],
        rules: RequestRules,
        links: Links,
    ) -> Resolved:
        """The jobs, resolved by their job types; a job whose job type fails is left out."""
        resolvers = {job_type.name: job_type.resolve_links for job_type in job_types}
        made = cls([], [], [])
        for job in jobs:
            resolve = resolvers[job.job_type] if job.links else None
            if resolve is None:
                made.jobs.append(job)
                lost = list(links.lost(job))
                made.problems.extend(lost)
                if lost:
                    links.faulty.add(job.id)
                continue
            found, faults = call_resolve_links(job, resolve, links.targets(job), rules)
            made.jobs.extend(found)
            if faults:
                links.faulty.add(job.id)
                made.failed.append(FailedSource.of(job.job_type, job.source, faults))
        return made


def _normal(path: str) -> str:
    return path if path.isascii() else unicodedata.normalize("NFC", path)
