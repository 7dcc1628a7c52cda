"""The revision of the pictures: the code that draws them.

The pictures themselves depend on the Java and the fonts of the machine.
"""

from __future__ import annotations

from pathlib import Path

from revisions import check_revision, code_digests

import clm_plugin_plantuml
from clm_plugin_plantuml.plugin import REVISION

PACKAGE = Path(clm_plugin_plantuml.__file__).parent
GOLDEN = Path(__file__).with_name("revision.json")
# What these do is in the jobs' payloads, or in no picture.
OTHERS = {
    "__init__.py",
    "checks.py",
    "class_archive.py",
    "engine.py",
    "java.py",
    "payload.py",
    "planning.py",
    "plugin.py",
    "references.py",
    "starters.py",
    "validation.py",
}


def test_other_code_needs_decision() -> None:
    names = {file.name for file in PACKAGE.glob("*.py")} - OTHERS
    check_revision(GOLDEN, REVISION, code_digests(PACKAGE, names), exact=False)
