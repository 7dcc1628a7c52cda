"""The plugin's checks for `clm doctor`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from clm import Check, CheckResult
from clm.programs import (
    browser_installer,
    browser_version,
    find_browser,
    find_program,
    package_version,
)
from clm_plugin_notebook.payload import NotebookSettings

_RUNNERS = ("nbclient", "nbconvert")
_SECONDS = 60
_NO_KERNEL = 3
# Nothing of the kernel is imported, which would take seconds.
_PRINT_VERSION = f"""
import importlib.metadata as metadata, sys
try:
    print("ipykernel", metadata.version("ipykernel"))
except metadata.PackageNotFoundError:
    sys.exit({_NO_KERNEL})
"""


def checks() -> list[Check]:
    return [
        Check("Python kernel", _check_kernel, takes_settings=True),
        Check("browser", _check_browser),
    ]


def _check_kernel(settings: NotebookSettings) -> CheckResult:
    own = _RUNNERS if settings.kernel_python else ("ipykernel", *_RUNNERS)
    missing = [module for module in own if not find_spec(module)]
    if missing:
        return _not_installed(sys.executable, missing)
    if settings.kernel_python:
        return _check_kernel_python(settings.kernel_python)
    return CheckResult(True, f"ipykernel {package_version('ipykernel')} in {sys.executable}")


def _check_kernel_python(python: str) -> CheckResult:
    """The check of the interpreter in the setting `kernel-python`."""
    program = find_program([python])
    if program is None:
        return CheckResult(
            False,
            f"{python} in the setting kernel-python is not there, or not a program",
            "correct the setting, or create the environment",
        )
    try:
        done = subprocess.run(
            [str(program), "-c", _PRINT_VERSION],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return CheckResult(False, f"{program} in the setting kernel-python does not run: {error}")
    if done.returncode == _NO_KERNEL:
        return _not_installed(str(program), ["ipykernel"])
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return CheckResult(False, f"{program} in the setting kernel-python does not run: {last}")
    if not done.stdout.startswith("ipykernel "):
        return CheckResult(False, f"{program} in the setting kernel-python is not a Python")
    return CheckResult(True, f"{done.stdout.strip()} in {program}")


def _not_installed(python: str, missing: Sequence[str]) -> CheckResult:
    return CheckResult(
        False,
        f"not installed for {python}: {', '.join(missing)}",
        fix=(python, "-m", "pip", "install", "--upgrade", *missing),
    )


def _check_browser() -> CheckResult:
    program = find_browser()
    if program:
        return CheckResult(True, f"{browser_version(program) or 'unknown version'} ({program})")
    # The check passes, since few courses need PDF.
    missing = "not found; the format `pdf` needs Chromium, Chrome or Edge"
    return CheckResult(True, missing, "install one for PDF", browser_installer())
