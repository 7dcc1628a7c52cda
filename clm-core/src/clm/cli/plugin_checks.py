"""Plugins' checks of external tools, and commands that install missing ones."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence

from clm.cli.output.console import echo_err, plain, show
from clm.errors import PLUGIN_FAULT, Diagnostic
from clm.hints import cause, shown
from clm.plugins.time_limit import TookTooLongError, call_seconds, time_limit
from clm.programs import find_program
from clm.registration import Check, CheckResult

_INSTALLERS = ("apt-get", "brew", "winget")
_STDERR = 2  # for the installers' output, since stdout is for results


def may_run(fix: Sequence[str]) -> bool:
    """Whether CLM may run the command, which is so for known installers."""
    return fix[0] in _INSTALLERS or list(fix[:3]) == [sys.executable, "-m", "pip"]


def with_rights(fix: Sequence[str]) -> list[str]:
    """Return the command to run: with sudo if apt-get is not run by root."""
    is_user = hasattr(os, "geteuid") and os.geteuid() != 0
    if fix[0] == "apt-get" and is_user and find_program(["sudo"]):
        return ["sudo", "-n", *fix]
    return list(fix)


def run_fix(command: Sequence[str]) -> bool:
    """Run the command with its output on stderr, and return whether it succeeded.

    A failure is reported. Before an installation apt-get updates its package lists, which a new
    container lacks; a failure of the update is not final.
    """
    if "apt-get" in command and "install" in command:
        _run([*command[: command.index("apt-get") + 1], "update"])
    return _run(command)


def _run(command: Sequence[str]) -> bool:
    program = find_program([command[0]])
    typed = as_typed(command)
    if program is None:
        message = f"`{typed}` cannot be run: {command[0]} not found"
        show(Diagnostic(message, hint="install the missing tool in another way"))
        return False
    echo_err(f"running: {plain(typed)}")
    try:
        code = subprocess.run([str(program), *command[1:]], stdout=_STDERR, check=False).returncode
    except OSError as error:
        show(Diagnostic(f"{program} cannot be started: {error.strerror or error}"))
        return False
    if code:
        show(Diagnostic(f"`{typed}` failed with exit code {code}", hint=_hint(command)))
    return code == 0


def _hint(command: Sequence[str]) -> str:
    if "apt-get" in command[:3]:
        return "see its output above; apt-get needs root and network access"
    return "see its output above, or run it in a terminal"


def run_check(check: Check, settings: object = None) -> CheckResult:
    """Run the check for these settings; one that raises or returns an invalid result has failed."""
    try:
        with time_limit(call_seconds(), f"the check {check.name!r}"):
            result = check.result(settings)
    except (Exception, SystemExit, TookTooLongError) as error:
        return _faulty(f"the check itself failed: {cause(error)}")
    if not isinstance(result, CheckResult):
        return _faulty(f"the check returned {shown(result)}, not a CheckResult")
    for name, flag in (("ok", result.ok), ("optional", result.optional)):
        if not isinstance(flag, bool):
            return _faulty(f"the check's `{name}` is {shown(flag)}, not a bool")
    for name, text in (("message", result.message), ("remedy", result.remedy or "")):
        if not isinstance(text, str):
            return _faulty(f"the check's `{name}` is {shown(text)}, not a str")
    if not _is_command(result.fix):
        fix = shown(result.fix)
        return _faulty(f"the check's `fix` is {fix}, not a tuple of program and arguments")
    return result


def _faulty(message: str) -> CheckResult:
    return CheckResult(False, message, PLUGIN_FAULT)


def _is_command(fix: object) -> bool:
    if fix is None:
        return True
    return isinstance(fix, tuple) and bool(fix) and all(isinstance(part, str) for part in fix)


def remedy_of(result: CheckResult) -> str | None:
    """Return the remedy as shown to users: its text and the command of the fix."""
    if result.fix is None:
        return result.remedy
    command = as_typed(result.fix)
    return f"{result.remedy}: {command}" if result.remedy else command


def as_typed(command: Sequence[str]) -> str:
    """Return the command as typed in a shell of this system."""
    if sys.platform == "win32":
        return subprocess.list2cmdline(command)
    return shlex.join(command)
