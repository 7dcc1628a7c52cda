"""The states of files and folders, which tell without reading them that nothing has changed."""

from __future__ import annotations

import hashlib
import os
import stat
from array import array
from collections.abc import Iterable, Mapping

# Folders with the names of the files in them that count, all as texts: a large course has more
# than a hundred thousand files, and a path object for each would take the most time.
Names = Mapping[str, list[str]]
States = dict[str, "array[int]"]  # by folder: its own state and those of its files

_NUMBERS = 5  # of each state
_MOST = (1 << 63) - 1


def by_folder(files: Iterable[str]) -> dict[str, list[str]]:
    """The names of the files by their folders."""
    found: dict[str, list[str]] = {}
    for file in files:
        folder, name = os.path.split(file)
        found.setdefault(folder, []).append(name)
    return found


def states_of(names: Names, others: Iterable[str] = ()) -> States:
    """The states of these folders with their files, and those of other files under `""`.

    Links count as what they lead to.

    Raises:
        OSError: one of them does not exist.
    """
    look = os.stat
    found: States = {}
    for folder, files in names.items():
        states = found[folder] = array("q", _numbers(look(folder)))
        inside = f"{folder}{os.sep}"
        for name in files:
            states.extend(_numbers(look(inside + name)))
    found[""] = array("q")
    for file in others:
        found[""].extend(_numbers(look(file)))
    return found


def states_of_outputs(root: str, names: Names) -> States:
    """The states of output files; their folders, relative to the root, must be no links.

    What else is in the folders does not matter.

    Raises:
        OSError: one of them does not exist.
    """
    look = os.stat
    found: States = {}
    for folder, files in names.items():
        path = os.path.join(root, folder)  # noqa: PTH118  # as in `states_of`
        own = os.lstat(path)
        if not stat.S_ISDIR(own.st_mode):
            raise NotADirectoryError(path)
        states = found[folder] = array("q", [own.st_ino & _MOST])
        inside = f"{path}{os.sep}" if folder else f"{root}{os.sep}"
        for name in files:
            states.extend(_numbers(look(inside + name)))
    return found


def with_outputs(states: States, root: str, names: Names, paths: Iterable[str]) -> States:
    """The states of output files, of which those with these paths are looked at again.

    Raises:
        OSError, KeyError, ValueError: one of them does not exist, or is not among the names.
    """
    found = dict(states)
    for path in paths:
        folder, _, name = path.rpartition("/")
        if found[folder] is states[folder]:
            found[folder] = states[folder][:]
        at = 1 + _NUMBERS * names[folder].index(name)
        found[folder][at : at + _NUMBERS] = array("q", _numbers(os.stat(os.path.join(root, path))))  # noqa: PTH116, PTH118
    return found


def newest(states: array[int]) -> int:
    """The latest time in the states of a folder, in nanoseconds since the epoch."""
    return max((*states[3::_NUMBERS], *states[4::_NUMBERS]), default=0)


def digest_of(states: States) -> str:
    """The digest of all these states."""
    whole = hashlib.sha256()
    for folder, own in states.items():
        whole.update(f"{folder}\0{len(own)}\0".encode(errors="surrogateescape"))
        whole.update(own.tobytes())
    return whole.hexdigest()


def digests_of(states: States) -> dict[str, str]:
    """The digest of the states of each folder."""
    return {folder: _short_digest(own) for folder, own in states.items()}


def _short_digest(states: array[int]) -> str:
    # Short, since there are many; a folder that is taken for unchanged needs the same digest.
    return hashlib.blake2b(states.tobytes(), digest_size=12).hexdigest()


def _numbers(found: os.stat_result) -> tuple[int, int, int, int, int]:
    # The change time also tells of a file that got back its size and modification time.
    inode = found.st_ino & _MOST
    return found.st_mode, inode, found.st_size, found.st_mtime_ns, found.st_ctime_ns
