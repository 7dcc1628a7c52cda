"""Folders of a build's outputs, and their relation to the course's sources."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from clm.builder.options import BuildOptions
from clm.builder.report import OutputPlace
from clm.course.course import Course
from clm.course.files import is_folder, is_skipped_folder
from clm.course.output_tree import default_output_folder, root_folders
from clm.course.paths.stored_names import normal
from clm.errors import Diagnostic, Place, SpecError, UsageError
from clm.utf8 import is_utf8, printable


def real_path(path: Path) -> Path:
    """The absolute path with links resolved, as far as they can be."""
    return Path(os.path.realpath(path))  # Path.resolve raises an error for loops of links


def output_folder(options: BuildOptions, course: Course) -> Path:
    """The absolute output folder."""
    if options.output_dir is not None:
        return real_path(options.output_dir)
    return default_folder(course)


def default_folder(course: Course) -> Path:
    """The absolute output folder of builds without `--output-dir`."""
    return real_path(course.data_dir.joinpath(*default_output_folder(course.spec).parts))


def is_chosen(options: BuildOptions, course: Course) -> bool:
    """Whether the output folder is another one than the default, so its tree is one of its own."""
    return options.output_dir is not None and output_folder(options, course) != default_folder(
        course
    )


def course_name(options: BuildOptions) -> str:
    """The course's name in the record of outputs: its spec's path, the same from every folder."""
    return str(real_path(options.spec_path.parent) / options.spec_path.name)


def output_places(options: BuildOptions, course: Course) -> tuple[OutputPlace, ...]:
    """The folders of the selected output targets, each folder once, or that of the default tree."""
    root = output_folder(options, course)
    wanted = set(map(normal, options.filter.targets))
    by_folder: dict[str, OutputPlace] = {}
    for target in course.spec.output_targets:
        names = (normal(target.name), normal(str(target.path)))
        if not wanted or not wanted.isdisjoint(names):
            folder = str(root.joinpath(*target.path.parts))
            by_folder.setdefault(folder, OutputPlace(target.name or str(target.path), folder))
    return tuple(by_folder.values()) or (OutputPlace("", str(root)),)


def course_roots(root: Path, course: Course) -> tuple[Path, ...]:
    """The folders below the output folder `root` that contain all outputs of the course."""
    return tuple(root.joinpath(*folder.parts) for folder in root_folders(course.spec))


def refuse_outputs_among_sources(options: BuildOptions, course: Course) -> None:
    """Checks that no output would be read as a source by the next build.

    Raises:
        UsageError: the folder that `--output-dir` names is in a folder of sources, or its path is
            not UTF-8.
        SpecError: the spec puts outputs into a folder of sources.
    """
    root = output_folder(options, course)
    if not is_utf8(root):
        raise UsageError(
            f"the path of the output folder is not UTF-8: {printable(root)}",
            hint="choose another folder",
        )
    for folder in ("slides", "templates"):
        if root.is_relative_to(course.data_dir / folder):
            raise UsageError(
                f"the output folder {root} is inside the course's folder {folder!r}",
                hint="the outputs would be read as sources; choose another folder",
            )
    problems = tuple(outputs_among_sources(root, course))
    if problems:
        raise SpecError(problems)


def outputs_among_sources(root: Path, course: Course) -> Iterator[Diagnostic]:
    """A problem for each folder of sources that would contain outputs."""
    # Links may lead from the output folder to the sources.
    outputs = [(folder, real_path(folder)) for folder in course_roots(root, course)]
    for source, what, place in _source_folders(course):
        real = real_path(source)
        for output, target in outputs:
            if _is_walked(output, source) or _is_walked(target, real):
                yield Diagnostic(
                    f"the outputs in {output} would be inside {what}, and read as sources",
                    place=place or Place(str(course.spec.path)),
                    hint="choose another folder for the outputs, such as output/students",
                )
                break


def _is_walked(output: Path, source: Path) -> bool:
    if not output.is_relative_to(source):
        return False
    return not any(is_skipped_folder(name) for name in output.relative_to(source).parts)


def _source_folders(course: Course) -> Iterator[tuple[Path, str, Place | None]]:
    """The folders of the course that are read with all their subfolders."""
    spec, base = course.spec, course.data_dir
    for name in ("slides", "templates"):
        yield base / name, f"the course's folder {name!r}", None
    for group in spec.all_dir_groups:
        folders = [group.path / part for part in group.subdirs] or [group.path]
        for folder in folders if group.recursive else ():
            yield base.joinpath(*folder.parts), f"the dir-group {str(folder)!r}", group.place
    for section in spec.enabled_sections:
        for topic in section.topics:
            for include in section.includes_of(topic):
                path = base.joinpath(*include.source.parts)
                if is_folder(path):
                    yield path, f"the include {str(include.source)!r}", include.place
