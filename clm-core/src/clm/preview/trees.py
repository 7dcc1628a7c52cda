"""Files that a preview may serve: the outputs, those for teachers only below a secret address."""

from __future__ import annotations

import secrets
from pathlib import Path, PurePosixPath

from attrs import field, frozen

from clm.builder.finished import course_root_folders
from clm.builder.options import BuildOptions
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

    def pages(self, tree: ServedTree) -> list[Path]:
        """The pages of a tree: its front page alone, if it has one."""
        folder = self.folder / tree.path
        if (folder / "index.html").is_file():
            return [folder / "index.html"]
        pages = ((page, page.relative_to(self.folder)) for page in sorted(folder.rglob("*.html")))
        return [page for page, path in pages if self._tree_of(PurePosixPath(path)) == tree]

    def is_private(self, address: str) -> bool:
        """Whether an address is that of the list with the trees that are not for students."""
        return secrets.compare_digest(address.encode(), f"/{self.secret}/".encode())

    def file(self, address: str) -> Path | None:
        """The file at an address that begins with `/`, already decoded; None if none is served.

        Links are followed only to files within the tree.
        """
        first, _, path = address.removeprefix("/").partition("/")
        parts = PurePosixPath(path).parts
        if not parts or ".." in parts or "\\" in path or "\0" in path:
            return None
        tree = self._tree_of(PurePosixPath(path))
        if tree is None or not self._opens(first, tree):
            return None
        root = (self.folder / tree.path).resolve()
        file = self.folder.joinpath(*parts).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None

    def _tree_of(self, path: PurePosixPath) -> ServedTree | None:
        """The innermost tree that contains the path."""
        around = [tree for tree in self.trees if path.is_relative_to(tree.path)]
        return max(around, key=lambda tree: len(PurePosixPath(tree.path).parts), default=None)

    def _opens(self, first: str, tree: ServedTree) -> bool:
        if tree.public:
            return first == _PUBLIC
        return secrets.compare_digest(first.encode(), self.secret.encode())
