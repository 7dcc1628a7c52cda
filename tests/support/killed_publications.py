"""Publications that are killed: at a use of a file, or while git runs."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from course_folder import until

_CHANGES = ("open", "os.", "shutil.")


def killed(action: Callable[[], object], folder: Path, moment: int) -> int:
    """Run in a process that ends without any clean-up at its Nth use of a file below a folder.

    Returns how many uses there were until the end.
    """
    counter = folder / ".." / "count"
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal count
            names = [str(a) for a in arguments if isinstance(a, (str, os.PathLike))]
            if event.startswith(_CHANGES) and any(str(folder) in name for name in names):
                count += 1
                if count == moment:
                    os._exit(9)

        sys.addaudithook(hook)
        try:
            action()
            counter.write_text(str(count))
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code == (9 if moment else 0), code
    return moment or int(counter.read_text())


def restored(course, tmp_path: Path) -> Callable[[], None]:
    """Returns what puts the course and all around it back as it is now."""
    kept = tmp_path.parent / f"{tmp_path.name}-kept"
    shutil.copytree(tmp_path, kept, symlinks=True)

    def restore() -> None:
        for entry in tmp_path.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        shutil.copytree(kept, tmp_path, dirs_exist_ok=True, symlinks=True)

    return restore


class Killer:
    """A program `git`, or another tool, which kills its caller at the call that is asked for."""

    def __init__(self, folder: Path, tool: str = "git") -> None:
        real = shutil.which(tool)
        folder.mkdir()
        self.folder = folder
        # What answers at the other end, or says its version, is not the caller's.
        script = f"""#!/bin/sh
case "$*" in --version|*--server*) exec {real} "$@";; esac
n=$(($(cat {folder}/calls) + 1))
echo $n > {folder}/calls
at=$(cat {folder}/at)
if [ "$at" = "$n before" ]; then kill -9 $PPID; exit 1; fi
if [ "$at" = "$n during" ]; then kill -9 $PPID; {real} "$@"; touch {folder}/ended; exit 1; fi
if [ "$at" = "$n after" ]; then {real} "$@"; kill -9 $PPID; exit 1; fi
exec {real} "$@"
"""
        (folder / tool).write_text(script)
        (folder / tool).chmod(0o755)
        self.never()

    @property
    def calls(self) -> int:
        """The number of calls since the last order."""
        return int((self.folder / "calls").read_text())

    def never(self) -> None:
        """Kill nobody; count calls from 0."""
        (self.folder / "calls").write_text("0")
        (self.folder / "at").write_text("never")

    def kill(self, action: Callable[[], object], number: int, when: str) -> None:
        """Run in a process that is killed at its Nth call: before, during or after it.

        The tool goes on to its end, unless it has not yet begun.
        """
        (self.folder / "calls").write_text("0")
        (self.folder / "at").write_text(f"{number} {when}")
        child = os.fork()
        if child == 0:
            action()
            os._exit(0)
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1]), (number, when)
        if when == "during":
            until((self.folder / "ended").exists)
            (self.folder / "ended").unlink()
        self.never()
