"""The files in the sets of results, as they are recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from attrs import define

from clm.builder.output.record import OutputsRecord
from clm.jobs.file_set import SetFile
from clm.jobs.request import FileInput, JobRequest, OutputFolder, OutputSpec


@define(eq=False, repr=False, slots=False)
class RecordedFileSets:
    """The sets of the results that outputs are from; they are read when a job has one."""

    record: OutputsRecord

    def of(self, request: JobRequest, key: str) -> dict[str, tuple[str, bool]] | None:
        """The digest of each of a job's files by path, and whether it is public.

        None if a set is not recorded.
        """
        found: dict[str, tuple[str, bool]] = {}
        for output in sets_of(request):
            files = self._known.get((key, output.name))
            if files is None or any(file.folder >= len(output.folders) for file in files):
                return None
            for path, folder, file in placed(output, files):
                public = folder.public or found.get(path, ("", False))[1]
                found[path] = file.digest, public
        return found

    def note(self, key: str, output: str, files: tuple[SetFile, ...]) -> None:
        """Records the files of a set, unless they are."""
        if self._known.get((key, output)) != files:
            self.record.save_file_set(key, output, files)
            self._known[key, output] = files

    @cached_property
    def _known(self) -> dict[tuple[str, str], tuple[SetFile, ...]]:
        return self.record.file_sets()


def sets_of(request: JobRequest) -> list[OutputSpec]:
    """The outputs of a job that are sets of files."""
    return [output for output in request.outputs if output.folders]


def placed(
    output: OutputSpec, files: tuple[SetFile, ...]
) -> Iterator[tuple[str, OutputFolder, SetFile]]:
    """The files of a set with their paths and folders."""
    for file in files:
        folder = output.folders[file.folder]
        yield f"{folder.path}/{file.name}", folder, file


def input_paths(request: JobRequest) -> Mapping[str, Path]:
    """The paths of those of a job's inputs that are files of the course, by their digests."""
    files = (item for item in request.inputs if isinstance(item, FileInput))
    return {file.digest: file.path for file in files}
