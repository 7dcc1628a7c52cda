"""Which processes use a database now, said by files beside it.

A row would cost a durable write in every build, also in those that change nothing.
"""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from pathlib import Path

from attrs import define, field

from clm.database.sqlite.processes import is_same_process, process_start


@define(eq=False, repr=False)
class Presence:
    """This process's use of the database at `path`, from `enter` to `leave`."""

    path: Path
    _file: Path | None = field(default=None, init=False)

    @property
    def _folder(self) -> Path:
        return self.path.with_name(f"{self.path.name}.users")

    def enter(self) -> None:
        """Says that the database is in use; where nothing can be written, nothing is said."""
        started = round(process_start(os.getpid()) * 1000)
        file = self._folder / f"{os.getpid()}-{started}-{uuid.uuid4().hex[:8]}"
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            file.touch()
            self._file = file

    def leave(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)
                self._folder.rmdir()  # where it was the last
            self._file = None

    def others(self) -> bool:
        """Whether another process uses the database; what dead ones have left is removed."""
        found = False
        for file in self._folder.glob("*-*-*"):
            pid, started, _ = file.name.split("-", 2)
            if int(pid) == os.getpid():
                continue
            if is_same_process(int(pid), int(started) / 1000):
                found = True
            else:
                with suppress(OSError):
                    file.unlink(missing_ok=True)
        return found
