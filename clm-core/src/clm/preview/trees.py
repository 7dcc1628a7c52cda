"""Files that a preview may serve: the outputs, those for teachers only below a secret address."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from attrs import field, frozen

from clm.builder.options import BuildOptions
from clm.builder.outcome.finished import course_root_folders
from clm.builder.output.places import output_folder
from clm.course.course import Course

_PUBLIC = "course"


@frozen
class ServedTree:
    """A folder of outputs: `path` is its place below the output folder, with `/`."""

    path: str
    language: str
    public: bool


@frozen(eq=False)
class ServedTrees:
    """The folders of outputs of a course, and their addresses.

    `secret` is the first part of the addresses of outputs that are not for students.
    """

    folder: Path
    trees: tuple[ServedTree, ...]
    secret: str = field(factory=lambda: secrets.token_urlsafe(16))

    @classmethod
    def of(cls, options: BuildOptions, course: Course, secret: str) -> ServedTrees:
        """The trees of a course; all of one preview have the same secret."""
        trees = (
            ServedTree(path, root.language, root.has_public_kinds and not root.has_private_kinds)
            for path, root in course_root_folders(course).items()
        )
        return cls(output_folder(options, course), tuple(trees), secret)

    def address(self, tree: ServedTree) -> str:
        """The part of an address before the path of an output in the tree."""
        return f"/{_PUBLIC if tree.public else self.secret}/"

    def address_of(self, path: str) -> str | None:
        """The address of an output by its path below the output folder; None if it is gone."""
        tree = self._tree_of(PurePosixPath(path))
        address = f"{self.address(tree)}{path}" if tree is not None else ""
        return address if self.file(address) is not None else None

    def pages(self, tree: ServedTree) -> list[str]:
        """The pages of a tree, as paths below the output folder, sorted by folder.

        Of a tree with a front page, only that.
        """
        if (self.folder / tree.path / "index.html").is_file():
            return [f"{tree.path}/index.html"]
        inner = {other.path for other in self.trees if other != tree}
        return list(_pages_below(self.folder, tree.path, inner))

    def is_private(self, address: str) -> bool:
        """Whether an address begins with the secret."""
        return secrets.compare_digest(_first(address).encode(), self.secret.encode())

    def file(self, address: str) -> Path | None:
        """The file at an address that begins with `/`, already decoded; None if none is served.

        Links are followed only to files in a tree with the same first part of its address.
        """
        parts = address.removeprefix("/").partition("/")[2].split("/")
        if not all(map(_is_plain, parts)):
            return None
        try:
            file = self.folder.joinpath(*parts).resolve()
            tree = self._tree_on_disk(file) if file.is_file() else None
        except (OSError, RuntimeError, ValueError):  # too long a name; a loop of links
            return None
        return file if tree is not None and self._opens(_first(address), tree) else None

    def _tree_on_disk(self, file: Path) -> ServedTree | None:
        """The innermost tree that contains the file, whatever the case and spelling of its path."""
        roots = {_identity(self.folder / tree.path): tree for tree in self.trees}
        roots.pop(None, None)  # of trees without outputs
        found = (roots.get(_identity(folder)) for folder in file.parents)
        return next((tree for tree in found if tree is not None), None)

    def _tree_of(self, path: PurePosixPath) -> ServedTree | None:
        """The innermost tree that contains the path."""
        around = [tree for tree in self.trees if path.is_relative_to(tree.path)]
        return max(around, key=lambda tree: len(PurePosixPath(tree.path).parts), default=None)

    def _opens(self, first: str, tree: ServedTree) -> bool:
        return first == _PUBLIC if tree.public else self.is_private(f"/{first}")


def _pages_below(top: Path, folder: str, without: Collection[str]) -> Iterator[str]:
    # Paths are texts, since a large course has thousands of pages.
    try:
        with os.scandir(top / folder) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except OSError:
        return  # not built yet, or just removed
    for entry in entries:
        if entry.name.endswith(".html") and entry.is_file():
            yield f"{folder}/{entry.name}"
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False) and path not in without:
            yield from _pages_below(top, path, without)


def _first(address: str) -> str:
    return address.removeprefix("/").partition("/")[0]


def _is_plain(part: str) -> bool:
    """Whether a part of an address is the name of a file or folder."""
    refused = "\\/\0:" if os.name == "nt" else "\\/\0"
    return part not in ("", ".", "..") and not any(c in part for c in refused)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_dev, state.st_ino
