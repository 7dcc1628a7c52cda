"""A current folder and one for temporary files in which nothing may be left."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen


@frozen
class Surroundings:
    """Folders that a converter may see beside the job's own."""

    current: Path
    temporary: Path

    def left(self) -> list[str]:
        """What lies in them."""
        folders = (self.current, self.temporary)
        return sorted(str(path) for folder in folders for path in folder.rglob("*"))


@contextmanager
def empty_surroundings() -> Iterator[Surroundings]:
    """Makes them those of this process and of all that it starts meanwhile."""
    # Near the root, since some tools make sockets in it, whose paths must be short.
    with tempfile.TemporaryDirectory(prefix="clm") as folder, pytest.MonkeyPatch.context() as patch:
        surroundings = Surroundings(Path(folder, "here"), Path(folder, "tmp"))
        surroundings.current.mkdir()
        surroundings.temporary.mkdir()
        patch.chdir(surroundings.current)
        for variable in ("TMPDIR", "TEMP", "TMP"):
            patch.setenv(variable, str(surroundings.temporary))
        patch.setattr(tempfile, "tempdir", None)
        yield surroundings
