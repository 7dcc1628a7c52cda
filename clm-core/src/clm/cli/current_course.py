"""The course that a command without a spec looks at, if there is one."""

from __future__ import annotations

from pathlib import Path

from clm.cli.output.console import show
from clm.course.finding import find_course
from clm.errors import Diagnostic, Severity, UsageError


def current_spec(given: Path | None) -> Path | None:
    """Return the given spec, or that of the course that the current folder is in.

    None, with a warning, if it is unclear which one that is.
    """
    if given is not None:
        return given
    here = Path.cwd()
    try:
        found = find_course(here)
        return found.relative_to(here) if found and found.is_relative_to(here) else found
    except UsageError as error:
        message = f"{error.message}; none of their settings is used"
        show(Diagnostic(message, Severity.WARNING, hint=error.hint))
        return None
