"""Destinations on another machine: each publication is a new folder there, and a link to it.

`www/course` is a link to `www/.course.clm/ID`. A publication fills a new folder, with hard links
to the files that stay, and then replaces the link by one renaming, which rsync does. What is
interrupted before that is in a folder that nothing leads to.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import frozen

from clm import UsageError
from clm_plugin_publish.contents import Contents
from clm_plugin_publish.destinations.folders import RECORD, State
from clm_plugin_publish.destinations.rsync_commands import (
    Address,
    Listed,
    RsyncError,
    address,
    listing_of,
    rsync,
)

_FORMAT = 1
_ID = re.compile(r"[0-9a-f]{20}")
# The files there have these rights, whatever they have here, since a server of pages reads them.
_RIGHTS = ("--perms", "--chmod=D755,F644")
_CONNECTION_FAILED = (5, 10, 12, 30, 35, 127, 255)
_SOME_MISSING = 23


@frozen
class _Known:
    """A published file: digest of what it was made from, its size there, and its time."""

    digest: str
    size: int
    modified: int


@frozen
class _There:
    """What the machine has: the current folder, its time, its files, and folders without a link."""

    current: str = ""
    time: int = 0
    record: Mapping[str, _Known] = {}
    stale: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    has_store: bool = False


@frozen(slots=False)
class RsyncPlace:
    """A link to a folder on another machine; `folder` is for what is uploaded."""

    address: Address
    contents: Contents
    folder: Path

    @classmethod
    def of(cls, remote: str, contents: Contents, folder: Path) -> RsyncPlace:
        """The place at an address; see `rsync_commands.address`."""
        return cls(address(remote), contents, folder)

    @property
    def where(self) -> str:
        return self.address.at(self.address.path)

    @cached_property
    def wanted(self) -> Mapping[str, str]:
        return {item.path: item.digest for item in self.contents.items}

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        return {item.path: item.size for item in self.contents.items}

    def look(self) -> State:
        """What is there; an earlier folder that was not removed counts as a file."""
        there = self._there
        known = {path: entry.digest for path, entry in there.record.items()}
        stale = {f"{self._store}/{name}": "" for name in there.stale}
        return State({**known, **stale}, there.strangers)

    def replace(self) -> str:
        """Fill a new folder, let the link lead to it, and remove the earlier ones."""
        there, current = self._there, self._there.current
        known = {path: entry.digest for path, entry in there.record.items()}
        try:
            if known != self.wanted or not current or there.strangers:
                current = self._upload(there)
            self._remove({*there.stale, there.current} - {current, ""})
        except RsyncError as error:
            raise self._failed(error) from error
        return current

    def contents_of(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """What the machine has of these paths, of files that were published."""
        there = self._there
        names = sorted(set(paths) & there.record.keys())
        if not names:
            return
        with self._scratch() as scratch:
            listed, files = scratch / "names", scratch / "files"
            listed.write_bytes("".join(f"{name}\0" for name in names).encode())
            options = ("--no-links", "--ignore-missing-args", "--from0", f"--files-from={listed}")
            inside = self._there_is(self._store, there.current, "")
            try:
                rsync(self.address, *options, "--", inside, f"{files}/")
            except RsyncError as error:
                raise self._failed(error) from error
            for name in names:
                file = files / name
                if file.is_file() and not file.is_symlink():
                    yield name, file.read_bytes()

    # --- what is there ---------------------------------------------------------------------------

    @property
    def _store(self) -> str:
        """The name of the folder, beside the link, with the published folders."""
        return f".{self.address.name}.clm"

    def _below(self, *names: str) -> str:
        return "/".join((self.address.parent.rstrip("/"), *names))

    @cached_property
    def _there(self) -> _There:
        try:
            return self._found()
        except RsyncError as error:
            raise self._failed(error) from error

    def _found(self) -> _There:
        name, store = self.address.name, self._store
        filters = [f"--include=/{name}", f"--include=/{store}", f"--include=/{store}/*"]
        listed = {
            entry.path: entry
            for entry in listing_of(
                self.address, self._below(""), "--recursive", "--links", *filters, "--exclude=*"
            )
        }
        ids = {path.removeprefix(f"{store}/") for path in listed if path.startswith(f"{store}/")}
        folders = {folder for folder in ids if _ID.fullmatch(folder)}
        link = listed.get(name)
        if link is None:
            return _There(stale=tuple(sorted(folders)), has_store=store in listed)
        if link.kind != "l":
            raise UsageError(
                f"{self.where} is there, and no link that CLM has made; nothing was published",
                hint="move it away, or publish to a name in it",
            )
        current = link.target.removeprefix(f"{store}/")
        if link.target != f"{store}/{current}" or current not in folders:
            stale = tuple(sorted(folders))
            return _There("", 0, {}, stale, (name,), has_store=store in listed)
        moment, record = self._record(current)
        inside = self._below(store, current, "")
        files = tuple(listing_of(self.address, inside, "--recursive", "--links"))
        present = {entry.path for entry in files}
        record = {path: known for path, known in record.items() if path in present}
        strangers = tuple(sorted(_strange(files, record)))
        stale = tuple(sorted(folders - {current}))
        return _There(current, moment, record, stale, strangers, True)

    def _record(self, current: str) -> tuple[int, Mapping[str, _Known]]:
        with self._scratch() as scratch:
            file = scratch / "record"
            there = self.address.at(self._below(self._store, current, RECORD))
            try:
                rsync(self.address, "--no-links", "--max-size=200m", "--", there, str(file))
            except RsyncError as error:
                if error.code != _SOME_MISSING:
                    raise
            if not file.is_file():
                return 0, {}
            return _read(file.read_bytes(), f"{self.where}/{RECORD}")

    # --- publication -----------------------------------------------------------------------------

    def _upload(self, there: _There) -> str:
        name, store = self._new_name(there), self._store
        with self._scratch() as scratch:
            files = scratch / "files"
            self._stage(files, there)
            empty = scratch / store
            empty.mkdir()
            if not there.has_store:
                rsync(self.address, "--dirs", *_RIGHTS, "--", str(empty), self._there_is(""))
            # Relative to the new folder.
            same = [f"--link-dest=../{there.current}"] if there.record else []
            options = ("--recursive", "--times", "--delete", *_RIGHTS, *same)
            rsync(self.address, *options, "--", f"{files}/", self._there_is(store, name, ""))
            link = scratch / self.address.name
            link.symlink_to(f"{store}/{name}")
            rsync(self.address, "--links", "--", str(link), self._there_is(""))
        return name

    def _remove(self, folders: set[str]) -> None:
        """Remove earlier folders: what was withdrawn must not stay on the machine."""
        if not folders:
            return
        filters = [f"--include=/{f}{rest}" for f in sorted(folders) for rest in ("", "/***")]
        with self._scratch() as scratch:
            rsync(
                self.address,
                *("--recursive", "--delete", *filters, "--exclude=*", "--"),
                *(f"{scratch}/", self._there_is(self._store, "")),
            )

    def _there_is(self, *names: str) -> str:
        return self.address.at(self._below(*names))

    def _new_name(self, there: _There) -> str:
        """The same again if the same publication was interrupted; never the current one."""
        text = f"{self.contents.digest} {there.current}"
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def _stage(self, folder: Path, there: _There) -> None:
        """Write the files; what is there already has the time that it has there.

        The others have a later one: rsync takes files of the same size and time for the same.
        """
        folder.mkdir()
        now, record = max(int(time.time()), there.time + 1), {}
        for item in self.contents.items:
            old = there.record.get(item.path)
            same = old is not None and old.digest == item.digest
            modified = old.modified if old is not None and same else now
            content = item.read()
            file = folder / item.path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            os.utime(file, (modified, modified))
            record[item.path] = [item.digest, len(content), modified]
        data = {"version": _FORMAT, "time": now, "remote": record}
        text = json.dumps(data, indent=0, sort_keys=True)
        (folder / RECORD).write_text(text, encoding="utf-8")
        os.utime(folder / RECORD, (now, now))

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        """An empty folder; what a killed publication has left is removed."""
        if self.folder.is_symlink():
            raise UsageError(f"{self.folder} is a link, which is not followed", hint="remove it")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        try:
            yield Path(tempfile.mkdtemp(dir=self.folder))
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _failed(self, error: RsyncError) -> UsageError:
        hint = None
        if error.code in _CONNECTION_FAILED:
            hint = (
                "ssh asks for no password here: does `ssh HOST` work with a key, and has HOST rsync"
            )
        elif "No such file" in error.message or "change_dir" in error.message:
            hint = f"make the folder there first: mkdir -p {self.address.parent}"
        message = f"{self.where} cannot be published to: {error.message}"
        return UsageError(message, hint=hint)


def _strange(files: Iterable[Listed], record: Mapping[str, _Known]) -> Iterator[str]:
    """The paths of files that were not published, or were changed since."""
    for entry in files:
        if entry.kind == "d" or entry.path == RECORD:
            continue
        known = record.get(entry.path)
        same = known is not None and (known.size, known.modified) == (entry.size, entry.modified)
        if entry.kind != "-" or not same:
            yield entry.path


def _read(data: bytes, where: str) -> tuple[int, dict[str, _Known]]:
    try:
        found: Any = json.loads(data)
        if found["version"] != _FORMAT:
            raise UsageError(f"{where} was written by another version of clm-plugin-publish")
        return int(found["time"]), {
            str(path): _Known(str(entry[0]), int(entry[1]), int(entry[2]))
            for path, entry in found["remote"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        hint = "remove the link there; the next publication makes it anew"
        raise UsageError(f"{where} is damaged", hint=hint) from error
