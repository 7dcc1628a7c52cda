"""Presence files beside a database, one for each process that uses it.

A row in the database would cost a durable write in every build, even in one that changes nothing.
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
        """Registers the use of the database; does nothing if the folder is not writable."""
        started = round(process_start(os.getpid()) * 1000)
        file = self._folder / f"{os.getpid()}-{started}-{uuid.uuid4().hex[:8]}"
        with suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            file.touch()
            self._file = file

    def leave(self) -> None:
        """Removes the registration."""
        if self._file is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)
                self._folder.rmdir()  # fails while others use the database
            self._file = None

    def others(self) -> bool:
        """Whether another process uses the database; removes the files of dead processes."""
        found = False
        for file in self._folder.glob("*-*-*"):
            pid, started, _ = file.name.split("-", 2)
            if not (pid.isdecimal() and started.isdecimal()) or int(pid) == os.getpid():
                continue
            if is_same_process(int(pid), int(started) / 1000):
                found = True
            else:
                with suppress(OSError):
                    file.unlink(missing_ok=True)
        return found
