"""Files included from other topics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from attrs import evolve, frozen

from clm.course.files import CourseFile, Walk, is_folder, path_exists
from clm.course.paths.stored_names import stored_path
from clm.course.spec import IncludeSpec
from clm.hints import listing
from clm.regular_files import read_regular


@frozen(eq=False, repr=False)
class Includer:
    """Adds included files to a topic; `path` is the topic's folder or single file."""

    walk: Walk
    topic_id: str
    path: Path

    def add(
        self, own: tuple[CourseFile, ...], includes: Iterable[IncludeSpec]
    ) -> tuple[CourseFile, ...]:
        """Return the topic's own and included files; own ones take precedence, with a warning."""
        files = {file.topic_path: file for file in own}
        for include in includes:
            hidden = []
            for file in self._included(include):
                local = files.setdefault(file.topic_path, file)
                if local is not file and not _same_content(local.path, file.path):
                    hidden.append(file.topic_path)
            if hidden:
                self._warn_about_hidden(include, hidden)
        return tuple(sorted(files.values(), key=lambda file: file.topic_path.parts))

    def _included(self, include: IncludeSpec) -> Iterator[CourseFile]:
        source = stored_path(self.walk.data_dir.joinpath(*include.source.parts))
        if self.path.is_relative_to(source):
            message = f"the topic {self.topic_id!r} would include itself"
            self.walk.notes.problem(message, include.place, excerpt=str(include.source))
        elif is_folder(source):
            if self.walk.is_inside(source):
                for file in self.walk.folder(source):
                    yield self._as_own(file, include.target / file.topic_path)
        elif path_exists(source):
            single = self.walk.file(source, include.target)
            if single is not None:
                yield self._as_own(single, include.target)
        elif not include.optional:
            self._missing(include)

    def _as_own(self, file: CourseFile, topic_path: PurePosixPath) -> CourseFile:
        # Named by its path in the topic, since two topics may include the same deck.
        folder = self.path if self.path.is_dir() else self.path.parent
        course_path = f"{self.walk.course_path(folder)}/{topic_path}"
        return evolve(file, topic_path=topic_path, course_path=course_path)

    def _missing(self, include: IncludeSpec) -> None:
        self.walk.notes.problem(
            f"the include {str(include.source)!r} does not exist",
            include.place,
            excerpt=str(include.source),
            hint=f"looked in {self.walk.data_dir}; set 'optional: true' if it may be missing",
        )

    def _warn_about_hidden(self, include: IncludeSpec, hidden: list[PurePosixPath]) -> None:
        names = listing([repr(str(path)) for path in hidden], 1)
        self.walk.notes.warning(
            f"topic {self.topic_id!r} has {names} of its own, which is used "
            "instead of the included file",
            include.place,
            excerpt=str(include.source),
            hint="delete it in the topic, or include the file under another name with 'as'",
        )


def _same_content(path: Path, other: Path) -> bool:
    try:
        return path.stat().st_size == other.stat().st_size and (
            read_regular(path) == read_regular(other)
        )
    except OSError:
        return False  # reported when the file itself is read
