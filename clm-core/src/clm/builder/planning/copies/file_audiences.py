"""Audiences of the files of a topic: which of the course's outputs get a file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from pathlib import PurePosixPath

from attrs import evolve, field, frozen

from clm.course.course import Topic
from clm.course.syntax.private_globs import is_matched
from clm.errors import Diagnostic, Severity
from clm.hints import nearest
from clm.jobs.file_names import named_files
from clm.jobs.languages import language_of
from clm.jobs.planning import Variant


@frozen(repr=False)
class FileAudience:
    """The outputs that get a file.

    These are those of `languages`, or of all if there are none; if the file is `private`, only
    outputs that students do not get.
    """

    languages: tuple[str, ...] = ()
    private: bool = False

    def gets(self, variant: Variant) -> bool:
        in_language = not self.languages or variant.language in self.languages
        return in_language and not (self.private and variant.public)


EVERYBODY = FileAudience()


@frozen(slots=False, eq=False, repr=False)
class FileAudiences:
    """The audiences of a topic's files by their paths in it.

    `languages` are those of the course. `public_text` returns the text of all cells that students
    see; it is called only if the topic's files are private unless such a cell names them.
    `has_private_content` tells of a file whether a job type has found such content in it.
    """

    topic: Topic
    languages: tuple[str, ...]
    public_text: Callable[[], str]
    has_private_content: Callable[[PurePosixPath], bool] = lambda path: False
    _known: dict[PurePosixPath, FileAudience] = field(factory=dict, init=False)

    def of(self, path: PurePosixPath) -> FileAudience:
        """The audience of a file that is delivered as it is."""
        known = self._known.get(path)
        if known is not None:
            return known
        audience = self.of_source(path)
        unnamed = self.topic.spec.has_private_files and not self._is_named(path)
        if unnamed or self.has_private_content(path):
            audience = evolve(audience, private=True)
        self._known[path] = audience
        return audience

    def of_source(self, path: PurePosixPath) -> FileAudience:
        """The audience of what is made from a source; other files need not name it."""
        language = language_of(path, self.languages)
        private = any(is_matched(path, glob.pattern) for glob in self.topic.spec.private)
        if not language and not private:
            return EVERYBODY
        return FileAudience((language,) if language else (), private)

    def unmatched(self, paths: Collection[PurePosixPath]) -> Iterator[Diagnostic]:
        """A warning for each private glob that matches none of the topic's files."""
        for glob in self.topic.spec.private:
            if not any(is_matched(path, glob.pattern) for path in paths):
                yield Diagnostic(
                    f"no file of the topic {self.topic.id!r} matches {glob.pattern!r}",
                    Severity.WARNING,
                    glob.place,
                    nearest(glob.pattern, map(str, paths), "globs are relative to the topic"),
                    glob.pattern,
                )

    def _is_named(self, path: PurePosixPath) -> bool:
        name = str(path)
        if name in self._names:
            return name in self._named
        return name in named_files(self._public_text, self._names | {name})  # a generated file

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(str(file.topic_path) for file in self.topic.files)

    @cached_property
    def _named(self) -> frozenset[str]:
        return named_files(self._public_text, self._names)

    @cached_property
    def _public_text(self) -> str:
        return self.public_text()
