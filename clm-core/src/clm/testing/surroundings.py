"""Detection of files that are left in the current folder or among temporary files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen


@frozen
class Surroundings:
    """The folders other than its job folder that a worker may write to."""

    current: Path
    temporary: Path

    def left(self) -> list[str]:
        """Return the paths of everything in the folders, sorted."""
        folders = (self.current, self.temporary)
        return sorted(str(path) for folder in folders for path in folder.rglob("*"))


@contextmanager
def empty_surroundings() -> Iterator[Surroundings]:
    """Use empty folders as the current and temporary folders of this process and its children."""
    # Near the root, since some tools create sockets in it, and the paths of sockets must be short.
    with tempfile.TemporaryDirectory(prefix="clm") as folder, pytest.MonkeyPatch.context() as patch:
        surroundings = Surroundings(Path(folder, "here"), Path(folder, "tmp"))
        surroundings.current.mkdir()
        surroundings.temporary.mkdir()
        patch.chdir(surroundings.current)
        for variable in ("TMPDIR", "TEMP", "TMP"):
            patch.setenv(variable, str(surroundings.temporary))
        patch.setattr(tempfile, "tempdir", None)
        yield surroundings
