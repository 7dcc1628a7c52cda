"""Faults of the machine, and what to do about each; they are no faults of a plugin."""

from __future__ import annotations

import errno
import os

from clm.errors import ClmError, DatabaseFullError

_DISK = "make room on the disk"
_FILES = "let a process open more files, for example with `ulimit -n 1024`"
_PROCESSES = "end other processes, or raise their limit (`ulimit -u`)"
_MEMORY = "free memory, or run fewer workers with `--jobs`"
_HINTS = {
    "ENOSPC": _DISK,
    "EDQUOT": _DISK,
    "EMFILE": _FILES,
    "ENFILE": _FILES,
    "EAGAIN": _PROCESSES,
    "ENOMEM": _MEMORY,
    "EIO": "check the disk",
    "EROFS": "the file system is read-only; choose another place",
}
_BY_NUMBER = {
    number: hint
    for name, hint in _HINTS.items()
    if (number := getattr(errno, name, None)) is not None
}
_NO_THREAD = "can't start new thread"
_BY_TEXT = {
    **{os.strerror(number): hint for number, hint in _BY_NUMBER.items()},
    _NO_THREAD: _PROCESSES,
    "MemoryError": _MEMORY,
}

MIN_OPEN_FILES = 128


def machine_hint(error: BaseException) -> str | None:
    """What to do about an error whose reason is the machine, such as its full disk; else None."""
    if isinstance(error, MemoryError):
        return _MEMORY
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or 0)
    return _PROCESSES if isinstance(error, RuntimeError) and _NO_THREAD in str(error) else None


def is_disk_full(error: BaseException) -> bool:
    """Whether an error is that of a disk without room."""
    if isinstance(error, OSError):
        return _BY_NUMBER.get(error.errno or 0) == _DISK
    return isinstance(error, DatabaseFullError)


def machine_hint_in(output: str) -> str | None:
    """The same for a program, by its last output."""
    last = max(_BY_TEXT, key=output.rfind)
    return _BY_TEXT[last] if last in output else None


def refuse_few_open_files() -> None:
    """Lets this process and those that it starts open `MIN_OPEN_FILES`.

    With less, kernels and browsers wait for ever for a socket that they could not open.

    Raises:
        ClmError: the system does not grant so many.
    """
    try:
        import resource  # not on Windows
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= MIN_OPEN_FILES:
        return
    if hard != resource.RLIM_INFINITY and hard < MIN_OPEN_FILES:
        message = f"a process may open only {hard} files here; CLM and its tools need more"
        raise ClmError(message, hint=_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (MIN_OPEN_FILES, hard))
