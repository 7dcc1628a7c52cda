"""Commands that `clm doctor --fix` runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clm.cli.plugin_checks import run_fix

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="creates programs as shell scripts")


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file to which fake installers write their command lines; `update` fails."""
    log = tmp_path / "asked"
    for name in ("apt-get", "brew", "sudo"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@" >>\'{log}\'\n[ "$1" != update ]\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    return log


@pytest.mark.parametrize(
    ("command", "before"),
    [
        ("apt-get install --yes chromium", ["apt-get update"]),
        ("sudo -n apt-get install --yes chromium", ["sudo -n apt-get update"]),
        ("brew install chromium", []),
    ],
)
def test_apt_get_update_runs_first(asked: Path, command: str, before: list[str]) -> None:
    assert run_fix(command.split())
    assert asked.read_text().splitlines() == [*before, command]
