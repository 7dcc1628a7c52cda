"""Files of dir-groups and their destinations."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from attrs import frozen

from clm.course.files import CourseFile, Walk, is_folder
from clm.course.output_tree import language_roots
from clm.course.paths.names import sanitize_folder
from clm.course.paths.stored_names import stored_path
from clm.course.spec import CourseSpec, DirGroupSpec


@frozen(repr=False)
class DirGroupFile:
    """A file of a dir-group; `destinations` are relative to the output folder."""

    file: CourseFile
    destinations: tuple[PurePosixPath, ...]


def find_dir_group_files(spec: CourseSpec, walk: Walk) -> tuple[DirGroupFile, ...]:
    """The files of all dir-groups; a missing folder is a problem."""
    destinations: dict[CourseFile, dict[PurePosixPath, None]] = {}
    for group in spec.all_dir_groups:
        for file, inside in _group_files(group, walk):
            places = destinations.setdefault(file, {})
            places.update(dict.fromkeys(_destinations(spec, group, inside)))
    return tuple(DirGroupFile(file, tuple(places)) for file, places in destinations.items())


def _destinations(
    spec: CourseSpec, group: DirGroupSpec, inside: PurePosixPath
) -> tuple[PurePosixPath, ...]:
    return tuple(
        root.path / group_folder(group.name[root.language]) / inside
        for root in language_roots(spec)
        if group.language in ("", root.language)
    )


def group_folder(name: str) -> PurePosixPath:
    """The folder of a group in the outputs, with each part of its name sanitized."""
    parts = (part.strip() for part in name.replace("\\", "/").split("/"))
    return PurePosixPath(*(sanitize_folder(part) for part in parts if part not in ("", ".")))


def _group_files(group: DirGroupSpec, walk: Walk) -> list[tuple[CourseFile, PurePosixPath]]:
    base = stored_path(walk.data_dir.joinpath(*group.path.parts))
    if not _is_folder(base, group, walk):
        return []
    found: list[tuple[CourseFile, PurePosixPath]] = []
    if not group.subdirs and group.recursive:
        return [(file, file.topic_path) for file in walk.folder(base)]
    if group.include_root_files:
        found += [(file, file.topic_path) for file in walk.folder(base, recursive=False)]
    for subdir in group.subdirs:
        folder = stored_path(base.joinpath(*subdir.parts))
        if _is_folder(folder, group, walk):
            files = walk.folder(folder, recursive=group.recursive)
            found += [(file, subdir / file.topic_path) for file in files]
    return found


def _is_folder(folder: Path, group: DirGroupSpec, walk: Walk) -> bool:
    if is_folder(folder):
        return walk.is_inside(folder)
    path = walk.course_path(folder)
    message = f"the dir-group's folder {path!r} does not exist"
    hint = f"looked in {walk.data_dir}"
    walk.notes.problem(message, group.place, excerpt=path, hint=hint)
    return False
