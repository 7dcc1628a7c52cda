"""Checks of pages in a browser with axe-core, which npm downloads."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

import pytest

from clm.browser import Page

PACKAGE = "axe-core@4.14.1"
_FIND = (
    "axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations.flatMap((v) => "
    "v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 150)} ${n.failureSummary}`)))"
)


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it is shown now, however severe."""
    page.evaluate(f"{_script()};0")
    found = page.evaluate(_FIND)
    assert isinstance(found, list)
    return found


@cache
def _script() -> str:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("axe-core is downloaded with npm, which is not installed")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([npm, "pack", "--silent", PACKAGE], cwd=folder, check=True, timeout=120)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as files:
            script = files.extractfile("package/axe.min.js")
            assert script is not None
            return script.read().decode()
