"""The plugin's checks for `clm doctor`."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from clm import Check, CheckResult
from clm.programs import browser_installer, browser_version, find_browser, package_version


def checks() -> list[Check]:
    return [Check("Python kernel", _check_kernel), Check("browser", _check_browser)]


def _check_kernel() -> CheckResult:
    missing = [m for m in ("ipykernel", "nbclient", "nbconvert") if not find_spec(m)]
    if missing:
        return CheckResult(
            False,
            f"not installed for {sys.executable}: {', '.join(missing)}",
            fix=(sys.executable, "-m", "pip", "install", "--upgrade", *missing),
        )
    return CheckResult(True, f"ipykernel {package_version('ipykernel')} in {sys.executable}")


def _check_browser() -> CheckResult:
    program = find_browser()
    if program:
        return CheckResult(True, f"{browser_version(program) or 'unknown version'} ({program})")
    # The check passes, since few courses need PDF.
    missing = "not found; the format `pdf` needs Chromium, Chrome or Edge"
    return CheckResult(True, missing, "install one for PDF", browser_installer())
