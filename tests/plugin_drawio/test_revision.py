"""The revision of the pictures: the code that draws them.

The pictures themselves depend on the browser and the fonts of the machine.
"""

from __future__ import annotations

from pathlib import Path

from revisions import check_revision, code_digests

import clm_plugin_drawio
from clm_plugin_drawio.versions import REVISION

PACKAGE = Path(clm_plugin_drawio.__file__).parent
GOLDEN = Path(__file__).with_name("revision.json")
# What these do is in the jobs' payloads, or in no picture.
OTHERS = {
    "__init__.py",
    "checks.py",
    "errors.py",
    "finding.py",
    "payload.py",
    "planning.py",
    "plugin.py",
    "starters.py",
    "versions.py",
}


def test_other_code_needs_decision() -> None:
    names = {file.name for file in PACKAGE.glob("*.py")} - OTHERS
    names |= {f"pages/{file.name}" for file in PACKAGE.glob("pages/*")}
    check_revision(GOLDEN, REVISION, code_digests(PACKAGE, names), exact=False)
