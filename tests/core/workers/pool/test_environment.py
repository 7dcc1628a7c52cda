"""Environment digest: whether workers of one process may run the jobs of another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clm.workers.pool.environment import environment


def test_environment_is_stable() -> None:
    assert environment() == environment()


def test_settings_variables_change_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = environment()
    monkeypatch.setenv("CLM_SHOUT_VOICE", "loud")
    assert environment() != before


@pytest.mark.parametrize("name", ["CLM_DB_PATH", "CLM_LOAD_PLUGINS", "HOME"])
def test_unrelated_variables_ignored(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = environment()
    monkeypatch.setenv(name, "other")
    assert environment() == before


def test_install_or_upgrade_changes_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    before = environment()
    info = tmp_path / "more-1.0.dist-info"
    info.mkdir()
    installed = environment()
    os.utime(info, (1, 1))
    assert len({before, installed, environment()}) == 3
