"""Presence of other processes that use a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from clm.database.sqlite.presence import Presence

_ENTER = """
import sys
from pathlib import Path
from clm.database.sqlite.presence import Presence
Presence(Path(sys.argv[1])).enter()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


def enter_elsewhere(path: Path, then: str) -> subprocess.Popen[str]:
    script = _ENTER + then
    return subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_own_process_is_no_other(path: Path) -> None:
    Presence(path).enter()
    assert not Presence(path).others()


def test_live_process_is_other(path: Path) -> None:
    with enter_elsewhere(path, "print('in', flush=True); sys.stdin.read()") as other:
        assert other.stdout is not None and other.stdout.readline() == "in\n"
        assert Presence(path).others()
        other.communicate("")


def test_dead_process_is_forgotten(path: Path) -> None:
    enter_elsewhere(path, "").communicate()
    assert not Presence(path).others()
    assert list(path.with_name("x.db.users").iterdir()) == []


def test_strange_file_ignored(path: Path) -> None:
    strange = path.with_name("x.db.users") / "a-b-c"
    strange.parent.mkdir()
    strange.touch()
    assert not Presence(path).others()
    assert strange.exists()
