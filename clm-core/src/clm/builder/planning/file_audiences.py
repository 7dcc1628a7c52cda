"""Audiences of the files of a topic: which of the course's outputs get a file."""

from __future__ import annotations

from pathlib import PurePosixPath

from attrs import frozen

from clm.jobs.languages import language_of
from clm.jobs.planning import Variant


@frozen
class FileAudience:
    """The outputs that get a file: those of `languages`, or of all if there are none."""

    languages: tuple[str, ...] = ()

    def gets(self, variant: Variant) -> bool:
        return not self.languages or variant.language in self.languages


EVERYBODY = FileAudience()


@frozen(eq=False, repr=False)
class FileAudiences:
    """The audiences of a topic's files, those of its sources included, by their paths in it.

    `languages` are those of the course.
    """

    languages: tuple[str, ...]

    def of(self, path: PurePosixPath) -> FileAudience:
        language = language_of(path, self.languages)
        return FileAudience((language,)) if language else EVERYBODY
