"""Derived formats: formats made from another job type's outputs instead of a source.

The job type of the source gets an additional variant: the same audience in the format to convert,
with a placeholder folder. Its outputs in that folder are not delivered but are the inputs of
derived jobs.
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
    """The derivations from one source; `by_folder` has the variants by placeholder folder."""

    by_folder: dict[PurePosixPath, tuple[JobType, Variant]]

    @classmethod
    def of(
        cls,
        base: JobType,
        job_types: Iterable[JobType],
        variants: Callable[[list[JobType]], Iterable[Variant]],
    ) -> Derivations:
        """The derivations that the job types make from a source of the job type `base`."""
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
        """The additional variants for the base job type.

        They have no root: their outputs are not where those of others are that they might link to.
        """
        return tuple(
            evolve(variant, format=job_type.derives or "", directory=folder, root=PurePosixPath())
            for folder, (job_type, variant) in self.by_folder.items()
        )

    def split(
        self, requests: Iterable[JobRequest], source: SourceFile
    ) -> tuple[list[JobRequest], list[tuple[JobType, DerivedSource]]]:
        """The requests without placeholder destinations, and the sources of the derived jobs."""
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
            # The same output for another output target.
            earlier = found[key][1]
            more = evolve(earlier, variants=(*earlier.variants, variant))
            found[key] = (job_type, more)
        else:
            item = JobInput(path.name, request.id, output.name)
            found[key] = (job_type, DerivedSource(source, path, item, (variant,), output.title))


def orphans(job_types: Iterable[JobType]) -> list[Diagnostic]:
    """A warning for each job type that derives from a format that no job type offers."""
    known = list(job_types)
    made = {f.name for job_type in known if job_type.plan for f in job_type.formats}
    return [
        Diagnostic(
            f"no plugin provides the format {job_type.derives!r}, which the job type "
            f"{job_type.name!r} converts",
            Severity.WARNING,
            hint="install a plugin for it; `clm plugins list` lists the installed ones",
        )
        for job_type in known
        if job_type.derives is not None and job_type.derives not in made
    ]
