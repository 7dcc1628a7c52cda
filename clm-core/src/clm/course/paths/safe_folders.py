"""Folders and files below a folder that no link leads out of."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from stat import S_ISLNK

from attrs import define, field

from clm.errors import UnsafePathError


def safe_join(root: Path, relative: PurePosixPath) -> Path:
    """Return `relative` below `root`, which need not exist; symbolic links are resolved.

    Raises:
        UnsafePathError: the result would be outside `root`.
    """
    unsafe = relative.is_absolute() or ".." in relative.parts or "\0" in str(relative)
    joined = root.joinpath(*relative.parts)
    if unsafe or not _resolved(joined).is_relative_to(_resolved(root)):
        raise UnsafePathError(
            f"{str(relative)!r} would leave the folder {str(root)!r}",
            hint="remove the link or name that leads out of it",
        )
    return joined


@define(eq=False, repr=False)
class SafeFolders:
    """Folders below `root` as `safe_join` returns them, each checked once; not thread-safe.

    A folder costs one look at the disk, whatever its depth.
    """

    root: Path
    _known: dict[str, Path] = field(factory=dict, init=False)

    def folder(self, path: str) -> Path:
        """The folder with that path, relative to `root` with `/` between its parts.

        Raises:
            UnsafePathError: it would be outside `root`.
        """
        if path not in self._known:
            self._known[path] = self._checked(path)
        return self._known[path]

    def _checked(self, path: str) -> Path:
        above, _, name = path.rpartition("/")
        if path and not path.startswith("/") and _is_plain_name(name):
            joined = self.folder(above) / name
            if not _may_be_link(joined):
                return joined
        return safe_join(self.root, PurePosixPath(path))


def _is_plain_name(name: str) -> bool:
    return name not in ("", ".", "..") and not any(sign in name for sign in "\\:\0")


def _may_be_link(path: Path) -> bool:
    try:
        stat = path.lstat()
    except OSError as error:
        return not isinstance(error, FileNotFoundError)
    # On Windows, a junction is no symbolic link but leads elsewhere, too.
    return S_ISLNK(stat.st_mode) or getattr(stat, "st_reparse_tag", 0) != 0


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # a loop of links; RuntimeError before Python 3.13
        raise UnsafePathError(f"{str(path)!r} cannot be resolved: {error}") from error
