"""Asking the checks of plugins."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence

from clm.registration import Check, CheckResult


def run_check(check: Check) -> CheckResult:
    """What the check says; a check that is broken itself has failed."""
    try:
        result = check.run()
    except (Exception, SystemExit) as error:
        return CheckResult(False, f"the check itself failed: {type(error).__name__}: {error}")
    if not isinstance(result, CheckResult):
        return CheckResult(False, f"the check gave {result!r}, not a CheckResult")
    if not _is_command(result.fix):
        said = f"the check's `fix` is {result.fix!r}, not a tuple of program and arguments"
        return CheckResult(False, said)
    return result


def _is_command(fix: object) -> bool:
    if fix is None:
        return True
    return isinstance(fix, tuple) and bool(fix) and all(isinstance(part, str) for part in fix)


def remedy_of(result: CheckResult) -> str | None:
    """What a person is told to do."""
    if result.fix is None:
        return result.remedy
    command = as_typed(result.fix)
    return f"{result.remedy}: {command}" if result.remedy else command


def as_typed(command: Sequence[str]) -> str:
    """The command as it is typed in a shell of this system."""
    if sys.platform == "win32":
        return subprocess.list2cmdline(command)
    return shlex.join(command)
