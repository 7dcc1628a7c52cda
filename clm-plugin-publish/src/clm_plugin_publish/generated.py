"""Files that are published, and that no build and no author has made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from attrs import evolve

from clm import UsageError
from clm_plugin_publish.contents import Contents, Item


def generated(folder: Path, path: str, data: bytes) -> Item:
    """A file with this content, which is kept in the folder."""
    digest = hashlib.sha256(data).hexdigest()
    file = folder / hashlib.sha256(path.encode()).hexdigest()[:32]  # any path is a name of a file
    if folder.is_symlink() or file.is_symlink():
        raise UsageError(f"{file} is a link, which is not followed", hint="remove it")
    if not file.is_file() or file.read_bytes() != data:
        folder.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f"{file.name}.new")
        new.write_bytes(data)
        new.replace(file)
    return Item(path, digest, folder, file.name)


def with_files(contents: Contents, items: Iterable[Item]) -> Contents:
    """The contents with these files, which replace none of them."""
    new = [item for item in items if item.path not in contents.by_path]
    if not new:
        return contents
    return evolve(contents, items=tuple(sorted((*contents.items, *new), key=lambda i: i.path)))
