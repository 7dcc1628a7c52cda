"""The folders and files of a course that all findings about it depend on, and their states."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from clm.builder.unchanged.clock import Clock
from clm.builder.unchanged.states import by_folder, digest_of, newest, states_of

if TYPE_CHECKING:
    from clm.course.course import Course
    from clm.course.spec import CourseSpec


def sources_of(course: Course, began: Clock, others: Iterable[Path] = ()) -> dict[str, Any] | None:
    """The states of all that the course was found in, and of `others`, as plain data.

    None if something may have changed since the command began, or is not covered by states.
    """
    walk = course.walk
    # What is left out, such as a broken link, may become usable without a change of its folder.
    if walk is None or walk.outside or course.left_out:
        return None
    files = by_folder(sorted({*map(str, walk.files), *map(str, others), str(_spec_path(course))}))
    try:
        folders = {*walk.folders, *_around_single_files(course)}
        names = {folder: files.pop(folder, []) for folder in sorted(map(str, folders))}
        # A new entry in the folder of one of these does not matter.
        single = [os.path.join(f, name) for f, found in files.items() for name in found]  # noqa: PTH118
        states = states_of(names, single)
        absent = _absent(course)
    except OSError:
        return None
    if began.may_precede(newest(states)):
        return None
    return {"names": names, "files": single, "absent": absent, "digest": digest_of(states)}


def are_same(kept: Any) -> bool:
    """Whether the sources have the states that were kept; raises as `states_of`."""
    if any(os.path.lexists(path) for path in kept["absent"]):
        return False
    return digest_of(states_of(kept["names"], kept["files"])) == str(kept["digest"])


def _spec_path(course: Course) -> Path:
    return course.spec.path.absolute()


def _around_single_files(course: Course) -> Iterator[Path]:
    """The folders in which more may belong to the topic of a single file, as its text says.

    Raises:
        OSError: a link leads to another folder.
    """
    topics = (topic for section in course.sections for topic in section.topics)
    for folder in {topic.path.parent for topic in topics if not topic.path.is_dir()}:
        for found, inside, _ in os.walk(folder):
            if any(Path(found, name).is_symlink() for name in inside):
                raise OSError("a link to a folder")
            yield Path(found)


def _absent(course: Course) -> list[str]:
    """The paths that would count if they existed.

    Raises:
        OSError: they have other forms, which may exist.
    """
    data_dir, beside = course.data_dir, course.spec.path.parent.resolve()
    paths = [data_dir / "templates", beside / "slides"]
    paths += (data_dir.joinpath(*path.parts) for path in _named_paths(course.spec))
    found = [str(path) for path in paths if not os.path.lexists(path)]
    if not all(map(str.isascii, found)):
        raise OSError("names in other normal forms")
    return found


def _named_paths(spec: CourseSpec) -> Iterator[PurePosixPath]:
    for section in spec.enabled_sections:
        for topic in section.topics:
            yield from (include.source for include in section.includes_of(topic))
    for group in spec.all_dir_groups:
        yield group.path
        yield from (group.path / part for part in group.subdirs)
    yield from (file for style in spec.theme.fonts.values() for file in style.values())
    yield from filter(None, [spec.theme.folder, *spec.theme.logo.values()])
