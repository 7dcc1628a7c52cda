"""The folders and files of a course that all findings about it depend on, and their states."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from clm.builder.unchanged.clock import Clock
from clm.builder.unchanged.states import States, by_folder, digests_of, newest, states_of

if TYPE_CHECKING:
    from clm.course.course import Course
    from clm.course.spec import CourseSpec


def sources_of(course: Course, began: Clock, others: Iterable[Path] = ()) -> dict[str, Any] | None:
    """The states of all that the course was found in, and of `others`, as plain data.

    What may have changed since the command began has a state that it will never have again. None
    if something is not covered by states.
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
        states = known_states(states_of(names, single), began)
        absent = _absent(course)
    except OSError:
        return None
    return {"names": names, "files": single, "absent": absent, "states": list(states.values())}


def known_states(states: States, began: Clock) -> dict[str, str]:
    """The digests of these states; none of what may have changed since the command began."""
    found = digests_of(states)
    return {
        folder: "" if began.may_precede(newest(own)) else found[folder]
        for folder, own in states.items()
    }


def changed_folders(kept: Any) -> list[str]:
    """The folders that do not have the states that were kept, with their files.

    If that is more than the folder of some files, `""` is one of them. Raises as `states_of`.
    """
    if any(os.path.lexists(path) for path in kept["absent"]):
        return [""]
    found = digests_of(states_of(kept["names"], kept["files"]))
    known = zip(found, kept["states"], strict=True)
    return [folder for folder, state in known if found[folder] != state]


def with_states_of(kept: Any, folders: Iterable[str], began: Clock) -> dict[str, Any]:
    """The same sources with the present states of these folders; raises as `states_of`."""
    names = {folder: kept["names"][folder] for folder in folders}
    states = dict(zip([*kept["names"], ""], kept["states"], strict=True))
    new = known_states(states_of(names), began)
    states |= {folder: new[folder] for folder in names}
    return {**kept, "states": list(states.values())}


def has_same_files(kept: Any, course: Course) -> bool:
    """Whether the folders in which a part of the course was found have the files that they had."""
    assert course.walk is not None
    files = by_folder(sorted(set(map(str, course.walk.files))))
    folders = map(str, course.walk.folders)
    return all(kept["names"].get(folder) == files.get(folder, []) for folder in folders)


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
