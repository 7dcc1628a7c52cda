"""Environment variables that CLM reads: all are described in docs/operations.md."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
OPERATIONS = ROOT / "docs" / "operations.md"
# Set by CLM or by shell completion, not by the user.
# `CLM_DOCKER` begins the variables of a plugin's settings.
OWN = {"CLM_COMPLETE", "CLM_CONTAINED", "CLM_WORKER_ID", "CLM_DOCKER"}


def variables_in_sources() -> set[str]:
    files = [file for file in ROOT.glob("clm-*/src/**/*.py") if "testing" not in file.parts]
    assert files
    found = {
        name for file in files for name in re.findall(r"CLM_[A-Z_]+[A-Z]", file.read_text("utf-8"))
    }
    return found - OWN


def test_each_variable_is_described():
    described = set(re.findall(r"^\| `(\w+)` \|", OPERATIONS.read_text("utf-8"), re.MULTILINE))
    assert sorted(variables_in_sources() - described) == []
