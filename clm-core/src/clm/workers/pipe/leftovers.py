"""What a job leaves behind in a container, where nothing else is: temporary files, processes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import psutil
from attrs import define, field

from clm.workers.folders import remove_tree

CONTAINER_VARIABLE = "CLM_CONTAINED"
"""Set in images: the folder for temporary files, and all processes, are those of one engine."""

_KEPT_SHARE = 8
_KEPT_PROCESSES = 8


@define(eq=False)
class Leftovers:
    """Removes what jobs leave in `folder`, and tells when too much remains for further jobs.

    Files that were there before the first job, and the folder `own` of the engine, are not touched.
    """

    folder: Path
    own: Path
    _known: frozenset[Path] = field(init=False)
    _used: int = field(init=False)
    _orphans: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._known = frozenset({self.own, *self.folder.iterdir()})
        self._used = _used_bytes(self.folder)
        self._orphans = _orphans()

    @classmethod
    def in_container(cls, environ: Mapping[str, str] | None = None) -> Leftovers | None:
        """Those of this process; None if it is not the only one of a container."""
        environ = os.environ if environ is None else environ
        own = Path(tempfile.gettempdir())
        if not environ.get(CONTAINER_VARIABLE) or own.parent == Path(own.anchor):
            return None
        return cls(own.parent, own)

    def remove(self) -> bool:
        """Remove what the last job has left; returns whether the container is worn.

        A worn one needs to be replaced: the rest could make later jobs fail.
        """
        for path in set(self.folder.iterdir()) - self._known:
            if path.is_dir() and not path.is_symlink():
                remove_tree(path)
            else:
                path.unlink(missing_ok=True)
        kept = _used_bytes(self.folder) - self._used
        is_full = kept > _size(self.folder) // _KEPT_SHARE
        return is_full or _orphans() - self._orphans > _KEPT_PROCESSES


def _used_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def _size(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_blocks * found.f_frsize


def _orphans() -> int:
    """The number of processes whose parent has ended."""
    return sum(process.info["ppid"] == 1 for process in psutil.process_iter(["ppid"]))
