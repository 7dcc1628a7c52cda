"""Destinations in folders: the new folder takes the place of the old one at once."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Collection, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from attrs import frozen

from clm import UsageError, listing
from clm_plugin_publish.contents import MOST_NAMED, walked
from clm_plugin_publish.destinations.exchange import exchanged

RECORD = ".clm-published.json"
"""The file in a published folder that says what was published there."""

FORMAT = 1


@frozen
class Entry:
    """A file for the folder: what tells its content from others, and the content itself."""

    digest: str
    read: Callable[[], bytes]


@frozen
class Known:
    """A published file: digest of what it was made from, digest of its bytes, size and time."""

    digest: str
    content: str
    size: int
    modified: int


@frozen
class State:
    """What is in a destination: published files, and what others have put or changed there."""

    known: Mapping[str, str]
    strangers: tuple[str, ...] = ()


def is_kept(path: str, keep: Collection[str]) -> bool:
    """Whether a path, or a folder that it is in, is one of those that stay."""
    if not keep:
        return False
    parts = path.split("/")
    above = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    return any(fnmatchcase(name, pattern.strip("/")) for name in above for pattern in keep)


@frozen
class PublishedFolder:
    """A folder that is published as a whole; what `keep` names stays."""

    folder: Path
    keep: tuple[str, ...] = ()

    def look(self) -> State:
        """What is in the folder; ends a publication that was interrupted.

        Raises:
            UsageError: there is no such folder, but a link or a file.
        """
        self._recover()
        if self.folder.is_symlink():
            raise UsageError(f"{self.folder} is a link, which is not followed")
        if not self.folder.exists():
            return State({})
        if not self.folder.is_dir():
            raise UsageError(f"{self.folder} is no folder")
        known = self._record()
        strangers = []
        present = set()
        root = str(self.folder)
        for name, is_file in walked(self.folder):
            present.add(name)
            if name == RECORD or is_kept(name, self.keep):
                continue
            file = f"{root}/{name}"  # a text: there may be tens of thousands
            if not is_file or name not in known or not _is_as_published(file, known[name]):
                strangers.append(name)
        there = {name: entry.digest for name, entry in known.items() if name in present}
        return State(there, tuple(strangers))

    def replace(self, entries: Mapping[str, Entry]) -> None:
        """Publish these files, and no others, except for those that are kept.

        Until the last moment the folder has what it had; then it has all of the new.
        """
        self._recover()
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        new = self._beside("new")
        _remove(new)
        new.mkdir()
        self._take_over_kept(new, entries)
        before = self._record() if self.folder.is_dir() else {}
        record = {}
        for path, entry in sorted(entries.items()):
            old = before.get(path)
            record[path] = self._add(new, path, entry, old)
        text = json.dumps({"version": FORMAT, "files": record}, indent=0, sort_keys=True)
        (new / RECORD).write_text(text, encoding="utf-8")
        self._swap(new)

    def _add(self, new: Path, path: str, entry: Entry, old: Known | None) -> list[str | int]:
        place = new / path
        place.parent.mkdir(parents=True, exist_ok=True)
        present = self.folder / path
        if old is not None and old.digest == entry.digest and _is_as_published(present, old):
            _link_or_copy(present, place)
            content = old.content
        else:
            data = entry.read()
            place.write_bytes(data)
            content = hashlib.sha256(data).hexdigest()
        status = place.stat()
        return [entry.digest, content, status.st_size, status.st_mtime_ns]

    def _take_over_kept(self, new: Path, entries: Mapping[str, Entry]) -> None:
        if not self.keep or not self.folder.is_dir():
            return
        for name, is_file in walked(self.folder):
            file = self.folder / name
            if is_kept(name, self.keep) and name not in entries:
                if not is_file:
                    raise UsageError(f"{file} is no regular file; nothing was published")
                (new / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, new / name)

    def _swap(self, new: Path) -> None:
        if exchanged(new, self.folder):
            _remove(new)  # which is the old one now
            return
        old = self._beside("old")
        try:
            if self.folder.exists():
                self.folder.rename(old)
            new.rename(self.folder)
        except OSError as error:
            if old.exists() and not self.folder.exists():
                old.rename(self.folder)
            _remove(new)
            raise UsageError(
                f"{self.folder} cannot be replaced: {error.strerror}; nothing was published",
                hint="close the programs that use it, or publish to a folder in it",
            ) from error
        _remove(old)

    def _recover(self) -> None:
        """Undo or end what was interrupted: the folder is the old or the new one, whole."""
        old = self._beside("old")
        if old.is_dir() and not self.folder.exists():
            old.rename(self.folder)
        _remove(old)
        _remove(self._beside("new"))

    def _beside(self, what: str) -> Path:
        return self.folder.with_name(f".{self.folder.name}.clm-{what}")

    def _record(self) -> dict[str, Known]:
        file = self.folder / RECORD
        if file.is_symlink() or not file.is_file():
            return {}
        try:
            data = json.loads(file.read_bytes())
            if data["version"] != FORMAT:
                raise UsageError(f"{file} was written by another version of clm-plugin-publish")
            return {
                str(path): Known(str(entry[0]), str(entry[1]), int(entry[2]), int(entry[3]))
                for path, entry in data["files"].items()
            }
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            hint = "remove it; `--force` then replaces the folder"
            raise UsageError(f"{file} is damaged", hint=hint) from error


def refuse_strangers(where: object, strangers: tuple[str, ...]) -> None:
    """Refuse to remove or overwrite what was not published.

    Raises:
        UsageError: there is something.
    """
    if strangers:
        raise UsageError(
            f"{where} has files that were not published, or were changed since: "
            f"{listing(strangers, MOST_NAMED)}; nothing was published",
            hint="move them away, name them in `keep`, or replace them with --force",
        )


def _is_as_published(file: str | Path, known: Known) -> bool:
    try:
        status = os.lstat(file)
    except OSError:
        return False
    if status.st_size != known.size or not stat.S_ISREG(status.st_mode):
        return False
    if status.st_mtime_ns == known.modified:
        return True
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() == known.content


def _link_or_copy(file: Path, place: Path) -> None:
    try:
        os.link(file, place, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(file, place, follow_symlinks=False)


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        raise UsageError(f"{folder} is a link, which is not followed", hint="remove it")
    if folder.is_dir():
        shutil.rmtree(folder)
