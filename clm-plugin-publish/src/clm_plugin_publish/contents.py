"""What a destination gets of a finished build: only outputs for its readers, as they were built."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from attrs import frozen

from clm import UsageError, listing, nearest
from clm.builds import BuildOutput, CourseInfo, FinishedBuild
from clm_plugin_publish.records.given import Given, GivenFile
from clm_plugin_publish.settings import Destination, DestinationError

MOST_NAMED = 5
_NOT_FOR_FILES = ("slides", "templates", ".clm", ".git")


@frozen
class Item:
    """A file to publish: its path there, and folder and name of the file with this content.

    `deck` is the source of a document, empty for other files; `topic` is empty for files of the
    whole course. `title`, `language`, `kind` and `format` are those of the output.
    """

    path: str
    digest: str
    folder: Path
    name: str
    section: str = ""
    topic: str = ""
    deck: str = ""
    source: str = ""
    title: str = ""
    language: str = ""
    kind: str = ""
    format: str = ""

    @property
    def file(self) -> Path:
        """The file with the content."""
        return self.folder / self.name  # made when it is needed: there may be tens of thousands

    @property
    def size(self) -> int:
        """The size of the content, as far as it is that of the file."""
        return self.file.lstat().st_size

    def read(self) -> bytes:
        """The content.

        Raises:
            UsageError: the file is a link, or has another content than the build made.
        """
        if self.file.is_symlink() or not stat.S_ISREG(self.file.lstat().st_mode):
            raise UsageError(f"{self.file} is no regular file; nothing was published")
        data = self.file.read_bytes()
        if hashlib.sha256(data).hexdigest() != self.digest:
            hint = "it was changed after the build: remove it, and publish again"
            raise UsageError(f"{self.file} is not what was built; nothing was published", hint=hint)
        return data


@frozen(slots=False)
class Contents:
    """All files for a destination, by path."""

    items: tuple[Item, ...]

    @cached_property
    def by_path(self) -> Mapping[str, Item]:
        """The files by their paths."""
        return {item.path: item for item in self.items}

    @cached_property
    def digest(self) -> str:
        """The digest of all paths and contents."""
        return tree_digest((item.path, item.digest) for item in self.items)


def tree_digest(entries: Iterable[tuple[str, str]]) -> str:
    """The digest of files, given by their paths and the digests of their contents."""
    lines = sorted(f"{digest} {path}\n" for path, digest in entries)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def contents_for(
    build: FinishedBuild,
    destination: Destination,
    kinds: Mapping[str, Collection[str]] | None = None,
    given: Given | None = None,
) -> Contents:
    """What a destination gets of a build, which was made with only these kinds of topics.

    What its cohort was `given` takes the place of the outputs.

    Raises:
        UsageError: an output folder has a file that the build did not make, or a link; the
            destination names something that the course does not have; two files would have one
            place.
    """
    _check_names(build, destination)
    _refuse_strangers(build, destination)
    topics = topics_of(build.course)
    chosen = [output for output in build.outputs if _is_for(output, destination)]
    _refuse_early(chosen, topics, kinds or {})
    if given is None:
        outputs = [_item(output, destination, topics) for output in chosen]
    else:
        outputs = [_given_item(file, destination) for file in given.files.values()]
    items = [item for item in outputs if item is not None]
    items += [_own_file(build, path) for path in destination.files]
    items.sort(key=lambda item: item.path)
    for first, second in pairwise(items):
        if first.path == second.path:
            raise UsageError(f"two files would be published as {first.path}", hint="see `files`")
    return Contents(tuple(items))


def topics_of(course: CourseInfo) -> dict[str, str]:
    """The ids of topics by the paths of their files."""
    return {
        path: topic.id
        for section in course.sections
        for topic in section.topics
        for path in topic.files
    }


def _is_for(output: BuildOutput, destination: Destination) -> bool:
    audience = output.audience
    if destination.audience == "students" and audience.public is not True:
        return False
    if destination.target and output.target != destination.target:
        return False
    return not destination.languages or audience.language in destination.languages


def _refuse_early(
    outputs: Iterable[BuildOutput],
    topics: Mapping[str, str],
    kinds: Mapping[str, Collection[str]],
) -> None:
    """The build has left them out; this is the guard against a mistake in that."""
    for output in outputs:
        if is_early(topics.get(output.source, ""), output.audience.kind, kinds):
            raise UsageError(f"{output.path} is not released yet; nothing was published")


def is_early(topic: str, kind: str, kinds: Mapping[str, Collection[str]]) -> bool:
    """Whether this of a topic is not due, if only these kinds of topics are."""
    return topic in kinds and not (kind in kinds[topic] or (kinds[topic] and not kind))


def _given_item(file: GivenFile, destination: Destination) -> Item | None:
    if destination.target and file.target != destination.target:
        return None
    if destination.languages and file.language not in destination.languages:
        return None
    path = _below_root(file.path, destination)
    if path is None:
        return None
    if file.content is None:
        raise UsageError(f"the content of {file.path} is lost; nothing was published")
    folder, name = file.content
    return Item(path, file.digest, folder, name, file.section, file.topic, file.deck, file.source)


def _below_root(path: str, destination: Destination) -> str | None:
    root = f"{destination.root.strip('/')}/" if destination.root else ""
    return path.removeprefix(root) if path.startswith(root) else None


def _item(output: BuildOutput, destination: Destination, topics: Mapping[str, str]) -> Item | None:
    path = _below_root(output.path, destination)
    if path is None:
        return None
    topic = topics.get(output.source, "") if output.section else ""
    deck = output.source if output.job and output.title and topic else ""
    digest, section, audience = output.digest, output.section, output.audience
    return Item(
        *(path, digest, output.folder, output.path, section, topic, deck, output.source),
        *(output.title, audience.language, audience.kind, audience.format),
    )


def own_file(course: CourseInfo, path: str) -> Item:
    """A file of the course's folder that the spec names; it is published by its name.

    Raises:
        DestinationError: there is no such file, or it is not to be published.
    """
    file = course.folder / path
    first = path.split("/", 1)[0].casefold()
    if first in _NOT_FOR_FILES or _has_link(file, course):
        hint = "name a file of the course's folder, such as README.md"
        raise DestinationError(f"{path!r} in 'files' is not published", "files", hint=hint)
    if not file.is_file():
        raise DestinationError(f"{path!r} in 'files' does not exist", "files")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Item(file.name, digest, file.parent, file.name, source=path)


def _has_link(file: Path, course: CourseInfo) -> bool:
    inside = [file, *file.parents]
    return any(p.is_symlink() for p in inside if p.is_relative_to(course.folder))


def _own_file(build: FinishedBuild, path: str) -> Item:
    if (build.course.folder / path).is_relative_to(build.folder):
        hint = "name a file of the course's folder, such as README.md"
        raise DestinationError(f"{path!r} in 'files' is not published", "files", hint=hint)
    return own_file(build.course, path)


def _check_names(build: FinishedBuild, destination: Destination) -> None:
    targets = [target.name for target in build.targets if target.name]
    if destination.target and destination.target not in targets:
        hint = nearest(destination.target, targets)
        message = f"the course has no output-target {destination.target!r}"
        raise DestinationError(message, "target", hint=hint)
    for language in destination.languages:
        if language not in build.course.languages:
            hint = nearest(language, build.course.languages)
            message = f"the course has no language {language!r}"
            raise DestinationError(message, "languages", hint=hint)


def _refuse_strangers(build: FinishedBuild, destination: Destination) -> None:
    known = {output.path for output in build.outputs}
    strangers: list[str] = []
    for target in build.targets:
        if destination.target in ("", target.name) and target.folder.is_dir():
            for file in _strange_files(target.folder, build.folder, known):
                strangers.append(file)
    if strangers:
        raise UsageError(
            f"the build made no such files, or they are links: {listing(strangers, MOST_NAMED)}; "
            "nothing was published",
            hint=f"remove them from {build.folder}, or move them elsewhere",
        )


def _strange_files(folder: Path, root: Path, known: set[str]) -> Iterator[str]:
    above = folder.relative_to(root).as_posix() if folder != root else ""
    for path, is_file in walked(folder):
        name = f"{above}/{path}" if above else path
        if not is_file or name not in known:
            yield name


def walked(folder: Path | str, above: str = "") -> Iterator[tuple[str, bool]]:
    """The paths of all below the folder that is no folder, with `/` between their parts.

    Each has whether it is a regular file; no link is followed.
    """
    # Texts, since there may be tens of thousands.
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.is_dir(follow_symlinks=False) and not _is_junction(entry):
            yield from walked(entry.path, f"{above}{entry.name}/")
        else:
            yield f"{above}{entry.name}", entry.is_file(follow_symlinks=False)


def _is_junction(entry: os.DirEntry[str]) -> bool:
    # A link of Windows that is no symbolic link; known from Python 3.12 on.
    return bool(getattr(entry, "is_junction", lambda: False)())
