"""Destinations in zip archives, whose bytes depend on nothing but their files."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from attrs import frozen

from clm import UsageError
from clm_plugin_publish.contents import Contents, Item, tree_digest
from clm_plugin_publish.destinations.folders import Entry, State
from clm_plugin_publish.settings import Split

# The earliest time that an archive can name.
_TIME = (1980, 1, 1, 0, 0, 0)
_MARK = b"clm-published "
_NOT_PORTABLE = re.compile(r"[^\w.-]+")


def archive(items: Iterable[Item]) -> bytes:
    """A zip archive of these files."""
    items = sorted(items, key=lambda item: item.path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        for item in items:
            info = zipfile.ZipInfo(item.path, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            file.writestr(info, item.read())
        file.comment = _MARK + _digest(items).encode()
    return buffer.getvalue()


def archives(contents: Contents, split: Split) -> dict[str, Entry]:
    """The archives for a folder, by name."""
    groups = _by_section(contents) if split == "section" else _by_deck(contents)
    return {
        f"{name}.zip": Entry(_digest(items), partial(archive, tuple(items)))
        for name, items in groups.items()
    }


def _by_section(contents: Contents) -> Mapping[str, list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in contents.items:
        groups.setdefault(_file_name(item.section) or "course", []).append(item)
    return groups


def _by_deck(contents: Contents) -> Mapping[str, list[Item]]:
    """Each deck with the other files of its topic; those of the whole course on their own."""
    groups: dict[str, list[Item]] = {}
    others: dict[str, list[Item]] = {}
    topics: dict[str, str] = {}
    for item in contents.items:
        if item.deck:
            name = _file_name(f"{item.topic}-{Path(item.deck).stem}")
            groups.setdefault(name, []).append(item)
            topics[name] = item.topic
        else:
            others.setdefault(item.topic, []).append(item)
    for name, topic in topics.items():
        groups[name] += others.get(topic, [])
    rest = [i for topic in others.keys() - set(topics.values()) for i in others[topic]]
    return {**groups, **({"course": rest} if rest else {})}


def _file_name(text: str) -> str:
    return _NOT_PORTABLE.sub("-", text).strip("-.")


def _digest(items: Iterable[Item]) -> str:
    return tree_digest((item.path, item.digest) for item in items)


def contents_of_archive(file: Path, paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """What a published archive has of these paths; nothing if it is none or is damaged."""
    if file.is_symlink() or not file.is_file():
        return
    try:
        with zipfile.ZipFile(file) as found:
            for name in sorted(set(found.namelist()) & set(paths)):
                yield name, found.read(name)
    except (OSError, zipfile.BadZipFile, zlib.error):
        return  # whoever looks for the contents says what is missing


@frozen
class PublishedArchive:
    """One archive, which is replaced at once."""

    file: Path

    def look(self) -> State:
        """What is there: the digest of the published files, or somebody else's file."""
        if self.file.is_symlink():
            raise UsageError(f"{self.file} is a link, which is not followed")
        if not self.file.exists():
            return State({})
        try:
            with zipfile.ZipFile(self.file) as found:
                comment = found.comment
        except (OSError, zipfile.BadZipFile):
            comment = b""
        if not comment.startswith(_MARK):
            return State({}, (self.file.name,))
        return State({self.file.name: comment.removeprefix(_MARK).decode("ascii", "replace")})

    def replace(self, contents: Contents) -> None:
        """Publish these files."""
        data = archive(contents.items)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_name(f".{self.file.name}.clm-new")
        try:
            new.write_bytes(data)
            new.replace(self.file)
        except OSError as error:
            new.unlink(missing_ok=True)
            message = f"{self.file} cannot be replaced: {error.strerror}; nothing was published"
            raise UsageError(message, hint="close the programs that use it") from error
