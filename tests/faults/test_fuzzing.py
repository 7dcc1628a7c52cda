"""A few examples of random damage to each kind of input; the seed is that of the other faults.

`python tests/faults/fuzzing.py KIND --seconds 3600` runs more.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fault_tallies import fault_seed

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name == "nt", reason="examples run in forked processes"),
]

_EXAMPLES = 8
_KINDS = ("spec", "deck", "notebook", "drawio", "plantuml", "build", "database", "frames")


@pytest.mark.parametrize("kind", _KINDS)
def test_damaged_input_ends_in_message(kind: str, tmp_path: Path) -> None:
    script = Path(__file__).with_name("fuzzing.py")
    options = ("--examples", str(_EXAMPLES), "--seed", str(fault_seed()), "--keep", str(tmp_path))
    done = subprocess.run(
        [sys.executable, str(script), kind, *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
