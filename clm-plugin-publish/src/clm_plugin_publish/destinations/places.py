"""The kinds of destinations behind one interface: what is there, and its replacement."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Protocol

from attrs import frozen

from clm import nearest
from clm.builds import CourseInfo, FinishedBuild
from clm_plugin_publish.contents import Contents, Item
from clm_plugin_publish.destinations.archives import PublishedArchive, archives, contents_of_archive
from clm_plugin_publish.destinations.folders import Entry, PublishedFolder, State
from clm_plugin_publish.settings import KINDS, Destination, DestinationError, with_home


class Place(Protocol):
    """A destination with what it is to have.

    `wanted` maps the paths to publish to digests, `sizes` to numbers of bytes. `look` says what is
    there, `replace` publishes all, whole or not at all, and returns what names the publication
    there, such as a commit; it may be empty. `where` is for messages.
    """

    @property
    def where(self) -> str: ...

    @property
    def wanted(self) -> Mapping[str, str]: ...

    @property
    def sizes(self) -> Mapping[str, int]: ...

    def look(self) -> State: ...

    def replace(self) -> str: ...


def place_for(
    name: str, destination: Destination, contents: Contents, build: FinishedBuild, own: Path
) -> Place:
    """The place of a destination; `own` is a folder for what the plugin keeps."""
    if destination.kind not in KINDS:
        hint = f"kinds are {', '.join(KINDS)}, and those of installed plugins"
        message = f"there is no kind {destination.kind!r} of destinations"
        raise DestinationError(message, "kind", hint=nearest(destination.kind, KINDS, hint))
    if destination.kind == "git":
        from clm_plugin_publish.destinations.git_place import (
            GitPlace,  # few destinations are repositories
        )

        return GitPlace.of(name, destination, contents, build.course, own)
    if destination.kind == "rsync":
        from clm_plugin_publish.destinations.rsync_place import (
            RsyncPlace,  # few are on other machines
        )

        return RsyncPlace.of(destination.remote, contents, own / f"{name}.rsync")
    path = absolute(build.course, destination)
    _refuse_sources(path, build)
    if destination.kind == "moodle":
        from clm_plugin_publish.destinations.moodle import packaged  # few are for Moodle

        contents = packaged(contents, destination, build.course, own / f"{name}.made")
        return _Archive(path, contents)
    if destination.kind == "zip" and destination.split == "course":
        return _Archive(path, contents)
    return _Folder(path, destination, contents)


def contents_in(place: Place, paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """What a destination of one of the own kinds has of these paths, as far as it can be read.

    Raises:
        UsageError: what is there cannot be looked at.
    """
    from clm_plugin_publish.destinations.git_place import GitPlace  # few are repositories
    from clm_plugin_publish.destinations.rsync_place import RsyncPlace  # few are elsewhere

    if isinstance(place, (GitPlace, RsyncPlace)):
        yield from place.contents_of(paths)
    elif isinstance(place, _Archive):
        yield from contents_of_archive(place.path, paths)
    elif isinstance(place, _Folder):
        for path in paths:
            file = place.path / path
            if file.is_file() and not file.is_symlink():
                yield path, file.read_bytes()
        for file in sorted(place.path.glob("*.zip")) if place.destination.kind == "zip" else ():
            yield from contents_of_archive(file, paths)


def absolute(course: CourseInfo, destination: Destination) -> Path:
    """The absolute path of a folder or archive, whose own name is not resolved if it is a link.

    Raises:
        DestinationError: it begins with the name of an account that is not there.
    """
    path = Path(os.path.normpath(course.folder / with_home(destination.path, "path")))
    return path.parent.resolve() / path.name


def _refuse_sources(path: Path, build: FinishedBuild) -> None:
    """Refuse a folder that has sources or outputs, or is among them."""
    course = build.course
    outputs = [target.folder for target in build.targets]
    places = [course.folder / "slides", course.folder / "templates", course.spec, *outputs]
    places.append(course.spec.parent / ".clm")
    for place in places:
        if path == place or path.is_relative_to(place) or place.is_relative_to(path):
            raise DestinationError(
                f"{path} cannot be published: {place} belongs to the course or its build",
                "path",
                hint="publish to a folder beside the course, such as ../website",
            )


@frozen(slots=False)
class _Folder:
    """A folder, with the outputs or with archives of them."""

    path: Path
    destination: Destination
    contents: Contents

    @property
    def where(self) -> str:
        return str(self.path)

    @cached_property
    def wanted(self) -> Mapping[str, str]:
        return {path: entry.digest for path, entry in self._entries.items()}

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        if self.destination.kind == "zip":
            return dict.fromkeys(self._entries, 0)
        return {item.path: item.size for item in self.contents.items}

    def look(self) -> State:
        return self._published.look()

    def replace(self) -> str:
        self._published.replace(self._entries)
        return ""

    @property
    def _published(self) -> PublishedFolder:
        return PublishedFolder(self.path, self.destination.keep)

    @cached_property
    def _entries(self) -> Mapping[str, Entry]:
        if self.destination.kind == "zip":
            return archives(self.contents, self.destination.split)
        return {item.path: _entry(item) for item in self.contents.items}


def _entry(item: Item) -> Entry:
    return Entry(item.digest, item.read)


@frozen(slots=False)
class _Archive:
    """One archive."""

    path: Path
    contents: Contents

    @property
    def where(self) -> str:
        return str(self.path)

    @property
    def wanted(self) -> Mapping[str, str]:
        return {self.path.name: self.contents.digest} if self.contents.items else {}

    @property
    def sizes(self) -> Mapping[str, int]:
        return {self.path.name: sum(item.size for item in self.contents.items)}

    def look(self) -> State:
        return PublishedArchive(self.path).look()

    def replace(self) -> str:
        PublishedArchive(self.path).replace(self.contents)
        return ""
