"""Files and folders that a watch observes, and the filter for their changes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from attrs import define, field, frozen

from clm.backends.local_ops import TEMPORARY_SUFFIX
from clm.builder.options import BuildOptions
from clm.course.course import Course
from clm.course.files import is_skipped_file, is_skipped_folder
from clm.course.paths.stored_names import stored_path

# Changes are reported after _QUIET_MS without a change, at the latest after _LIMIT_MS.
_QUIET_MS = 50
_LIMIT_MS = 250


@frozen
class WatchedFiles:
    """The files of a course: the paths of the spec, and `trees`.

    Trees are files, or folders with everything below them, which need not exist yet.
    """

    specs: frozenset[Path]
    trees: frozenset[Path]

    @classmethod
    def of_spec(cls, options: BuildOptions) -> WatchedFiles:
        """The files to watch while the spec cannot be read: the spec, and the default folders."""
        folder = options.spec_path.absolute().parent.resolve()
        data_dirs = [options.data_dir.resolve()] if options.data_dir else [folder, folder.parent]
        return cls(_specs(options), _with_sources(data_dirs, ()))

    @classmethod
    def of_course(cls, options: BuildOptions, course: Course) -> WatchedFiles:
        """All files of the course."""
        return cls(_specs(options), _with_sources([course.data_dir], _named(course)))

    @property
    def folders(self) -> frozenset[Path]:
        """The folders to watch for a spec or tree being created, removed or replaced."""
        return frozenset(_nearest_folder(path.parent) for path in (*self.specs, *self.trees))

    @property
    def roots(self) -> frozenset[Path]:
        """The trees that are folders now, without those inside another tree."""
        folders = {tree for tree in self.trees if tree.is_dir()}
        return frozenset(tree for tree in folders if folders.isdisjoint(tree.parents))

    def uproots(self, path: Path) -> bool:
        """Whether a change of this path may have created, removed or replaced a tree."""
        return any(tree == path or path in tree.parents for tree in self.trees)

    def concerns(self, path: Path, own: Collection[Path]) -> bool:
        """Whether a change of this path may change the outputs; `own` are paths that CLM writes."""
        if path in self.specs:
            return True
        if path.name.endswith(TEMPORARY_SUFFIX) or is_skipped_file(path.name):
            return False
        if any(place in own for place in (path, *path.parents)):
            return False
        return self.uproots(path) or any(
            not any(is_skipped_folder(name) for name in path.relative_to(tree).parts[:-1])
            for tree in self.trees
            if tree in path.parents
        )


def _specs(options: BuildOptions) -> frozenset[Path]:
    return frozenset([options.spec_path.absolute(), options.spec_path.resolve()])


def _with_sources(data_dirs: Iterable[Path], named: Iterable[Path]) -> frozenset[Path]:
    sources = (folder / name for folder in data_dirs for name in ("slides", "templates"))
    return frozenset([*sources, *named])


def _named(course: Course) -> Iterator[Path]:
    """The paths that the spec names outside of `slides`."""
    names: list[PurePosixPath] = [group.path for group in course.spec.all_dir_groups]
    theme = course.spec.theme
    fonts = [path for files in theme.fonts.values() for path in files.values()]
    names += [*([theme.folder] if theme.folder else []), *theme.logo.values(), *fonts]
    for section in course.spec.enabled_sections:
        names += (include.source for include in section.includes)
        names += (include.source for topic in section.topics for include in topic.includes)
    return (stored_path(course.data_dir.joinpath(*name.parts)) for name in names)


def _nearest_folder(path: Path) -> Path:
    return next((folder for folder in (path, *path.parents) if folder.is_dir()), path)


@define
class Changes:
    """Reports paths that change after it is entered, not earlier changes."""

    watched: WatchedFiles
    _paths: asyncio.Queue[set[Path]] = field(factory=asyncio.Queue, init=False)
    _stop: asyncio.Event = field(factory=asyncio.Event, init=False)
    _tasks: list[asyncio.Task[None]] = field(factory=list, init=False)

    async def __aenter__(self) -> Self:
        for paths, recursive in ((self.watched.roots, True), (self.watched.folders, False)):
            if paths:
                self._tasks.append(asyncio.create_task(self._watch(paths, recursive)))
        # This runs the first step of the tasks, which registers the folders with the system.
        await asyncio.sleep(0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def next(self) -> set[Path]:
        """The paths that have changed since the last call; waits until there are some.

        Raises:
            OSError: the folders cannot be watched.
        """
        waiting = asyncio.create_task(self._paths.get())
        try:
            await asyncio.wait({waiting, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        for task in self._tasks:
            if task.done():
                task.result()
        return waiting.result() if waiting.done() else set()

    async def _watch(self, paths: Collection[Path], recursive: bool) -> None:
        import watchfiles  # not needed by a plain build

        changes = watchfiles.awatch(
            *paths,
            watch_filter=None,
            step=_QUIET_MS,
            debounce=_LIMIT_MS,
            stop_event=self._stop,
            recursive=recursive,
            ignore_permission_denied=True,
        )
        async for found in changes:
            self._paths.put_nowait({Path(path) for _, path in found})
