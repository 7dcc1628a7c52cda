"""Faults of the system that any command may meet: they are no bugs."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

from clm.errors import Diagnostic

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def system_fault(error: OSError) -> Diagnostic | None:
    """What is wrong with the system, by an error that no command handles; None if unclear."""
    if error.errno in _FULL:
        return Diagnostic(_text(error), hint="make room on the disk")
    if error.errno in _REFUSED:
        return Diagnostic(_text(error), hint="check the permissions, also of the folder")
    if isinstance(error, FileNotFoundError):
        return _missing_folder()
    return None


def _missing_folder() -> Diagnostic | None:
    try:
        Path.cwd()
    except FileNotFoundError:
        return Diagnostic("the current folder no longer exists", hint="change to another one")
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        message = "no folder for temporary files can be written"
        return Diagnostic(message, hint="make room on its disk, or name another in TMPDIR")
    return None


def _text(error: OSError) -> str:
    text = error.strerror or str(error)
    return f"{text}: {error.filename}" if error.filename else text
