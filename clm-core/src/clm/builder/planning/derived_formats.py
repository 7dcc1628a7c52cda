"""Formats that are made from another job type's outputs in place of the source.

The job type that has the source is asked for the same audience's output in the format to start
from, in a folder that stands for the derived variant. What it puts there goes to no output
folder but is the input of a derived job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from attrs import evolve, frozen

from clm.errors import Diagnostic, Severity
from clm.jobs.job_type import JobType
from clm.jobs.planning import DerivedSource, Variant
from clm.jobs.request import JobInput, JobRequest, OutputSpec
from clm.jobs.source import SourceFile


@frozen(eq=False, repr=False)
class Derivations:
    """What is to be derived from one source; `by_folder` has the stand-ins for the variants."""

    by_folder: dict[PurePosixPath, tuple[JobType, Variant]]

    @classmethod
    def of(
        cls,
        base: JobType,
        job_types: Iterable[JobType],
        variants: Callable[[list[JobType]], Iterable[Variant]],
    ) -> Derivations:
        """What the job types want to derive from a source of the job type `base`."""
        offered = {format_.name for format_ in base.formats}
        return cls(
            {
                variant.directory / f".{job_type.name}.{variant.format}": (job_type, variant)
                for job_type in job_types
                if job_type.derives in offered
                for variant in variants([job_type])
            }
        )

    @property
    def wanted(self) -> tuple[Variant, ...]:
        """The variants that the base is asked for beside its own."""
        return tuple(
            evolve(variant, format=job_type.derives or "", directory=folder)
            for folder, (job_type, variant) in self.by_folder.items()
        )

    def split(
        self, requests: Iterable[JobRequest], source: SourceFile
    ) -> tuple[list[JobRequest], list[tuple[JobType, DerivedSource]]]:
        """The requests without what was only for others, and what these are to derive from."""
        if not self.by_folder:
            return list(requests), []
        found: dict[tuple[str, ...], tuple[JobType, DerivedSource]] = {}
        kept = []
        for request in requests:
            outputs = []
            for output in request.outputs:
                places = [(p, self._folder(p)) for p in output.destinations]
                own = tuple(place for place, folder in places if folder is None)
                outputs.append(evolve(output, destinations=own))
                for place, folder in places:
                    if folder is not None:
                        self._add(found, request, output, folder, place, source)
            kept.append(evolve(request, outputs=tuple(outputs)))
        return kept, list(found.values())

    def _folder(self, place: PurePosixPath) -> PurePosixPath | None:
        return next((folder for folder in place.parents if folder in self.by_folder), None)

    def _add(
        self,
        found: dict[tuple[str, ...], tuple[JobType, DerivedSource]],
        request: JobRequest,
        output: OutputSpec,
        folder: PurePosixPath,
        place: PurePosixPath,
        source: SourceFile,
    ) -> None:
        job_type, variant = self.by_folder[folder]
        path = place.relative_to(folder)
        audience = (variant.language, variant.kind, variant.format, str(variant.public))
        key = (job_type.name, request.id, output.name, str(path), *audience)
        if key in found:
            # The same for another output target.
            earlier = found[key][1]
            more = evolve(earlier, variants=(*earlier.variants, variant))
            found[key] = (job_type, more)
        else:
            item = JobInput(path.name, request.id, output.name)
            found[key] = (job_type, DerivedSource(source, path, item, (variant,)))


def orphans(job_types: Iterable[JobType]) -> list[Diagnostic]:
    """A warning for each job type that derives from a format which nobody makes of sources."""
    known = list(job_types)
    made = {f.name for job_type in known if job_type.plan for f in job_type.formats}
    return [
        Diagnostic(
            f"no plugin makes the format {job_type.derives!r}, from which the job type "
            f"{job_type.name!r} makes its own",
            Severity.WARNING,
            hint="install the plugin for it; `clm plugins list` shows what is there",
        )
        for job_type in known
        if job_type.derives is not None and job_type.derives not in made
    ]
