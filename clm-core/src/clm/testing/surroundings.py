"""Detection of files that are left in the current, temporary or home folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen

_OF_PROGRAMS = (".cache", ".config", "Library")


@frozen
class Surroundings:
    """Empty folders that take the place of those that a worker might write to."""

    current: Path
    temporary: Path
    home: Path

    def left(self) -> list[str]:
        """Return the paths of everything in the folders, sorted.

        Programs may keep caches and settings of their own in the home folder.
        """
        folders = (self.current, self.temporary, self.home)
        found = (path for folder in folders for path in folder.rglob("*"))
        own = tuple(self.home / name for name in _OF_PROGRAMS)
        return sorted(str(p) for p in found if not any(p.is_relative_to(o) for o in own))


@contextmanager
def empty_surroundings() -> Iterator[Surroundings]:
    """Use empty folders as current, temporary and home folder of this process and its children."""
    # Near the root, since some tools create sockets in it, and the paths of sockets must be short.
    with tempfile.TemporaryDirectory(prefix="clm") as folder, pytest.MonkeyPatch.context() as patch:
        surroundings = Surroundings(*(Path(folder, name) for name in ("here", "tmp", "home")))
        for path in (surroundings.current, surroundings.temporary, surroundings.home):
            path.mkdir()
        patch.chdir(surroundings.current)
        for variable in ("TMPDIR", "TEMP", "TMP"):
            patch.setenv(variable, str(surroundings.temporary))
        for variable in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
            patch.setenv(variable, str(surroundings.home))
        for variable in [name for name in os.environ if name.startswith("XDG_")]:
            patch.delenv(variable)
        patch.setattr(tempfile, "tempdir", None)
        yield surroundings
