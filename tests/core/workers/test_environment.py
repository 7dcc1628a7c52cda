"""When workers of one process may do the jobs of another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clm.workers.pool.environment import environment


def test_it_is_the_same_as_long_as_nothing_changes() -> None:
    assert environment() == environment()


def test_settings_in_the_environment_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = environment()
    monkeypatch.setenv("CLM_SHOUT_VOICE", "loud")
    assert environment() != before


@pytest.mark.parametrize("name", ["CLM_DB_PATH", "CLM_LOAD_PLUGINS", "HOME"])
def test_what_does_not_concern_jobs_does_not(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = environment()
    monkeypatch.setenv(name, "other")
    assert environment() == before


def test_what_is_installed_or_upgraded_changes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    before = environment()
    info = tmp_path / "more-1.0.dist-info"
    info.mkdir()
    installed = environment()
    os.utime(info, (1, 1))
    assert len({before, installed, environment()}) == 3
