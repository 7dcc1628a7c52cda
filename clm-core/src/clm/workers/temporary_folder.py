"""Folders for the temporary files of workers and their tools, which may die with them there.

Each worker has one, and its tools inherit it. The process that started the worker removes it; where
that one was killed itself, the next build does.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from clm.database.sqlite.processes import is_running
from clm.workers.job_folder import remove_tree

# Tools make sockets in it, whose paths may have 104 bytes on some systems.
_LONGEST = 55
_NAME = re.compile(r"clm-(\d+)-\w+")


@frozen
class TemporaryFolder:
    """One such folder, of a worker that this process starts; none where its path were too long."""

    path: Path | None

    @classmethod
    def make(cls) -> TemporaryFolder:
        """A new one.

        Raises:
            OSError: there is no room for it.
        """
        # The name says whose it is.
        path = Path(tempfile.mkdtemp(prefix=f"clm-{os.getpid()}-"))
        if len(os.fsencode(path)) > _LONGEST:
            path.rmdir()
            return cls(None)
        return cls(path)

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes programs use it."""
        return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.path)) if self.path else {}

    def remove(self) -> None:
        """Removes it with all that it holds."""
        if self.path is not None:
            remove_tree(self.path)


def sweep_temporary_folders() -> None:
    """Removes those of processes that are gone."""
    for folder in Path(tempfile.gettempdir()).glob("clm-*-*"):
        name = _NAME.fullmatch(folder.name)
        if name and not is_running(int(name[1])):
            remove_tree(folder)
