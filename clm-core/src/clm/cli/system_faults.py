"""Faults of the system that any command may meet: they are no bugs."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

from clm.errors import Diagnostic
from clm.hints import cause
from clm.machine_faults import machine_hint

_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def system_fault(error: Exception) -> Diagnostic | None:
    """What is wrong with the system, by an error that no command handles; None if unclear."""
    if isinstance(error, OSError) and error.errno in _REFUSED:
        return Diagnostic(_text(error), hint="check the permissions, also of the folder")
    if isinstance(error, FileNotFoundError):
        return _missing_folder()
    hint = machine_hint(error)
    return Diagnostic(_text(error), hint=hint) if hint else None


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


def _text(error: Exception) -> str:
    if not isinstance(error, OSError):
        return cause(error)
    text = error.strerror or str(error)
    return f"{text}: {error.filename}" if error.filename else text
