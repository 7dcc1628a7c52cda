"""Fixes for missing tools: commands of this system's installer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clm import CheckResult
from clm_plugin_drawio.checks import checks

POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="makes a program for POSIX")


def browser_check(monkeypatch: pytest.MonkeyPatch, programs: Path) -> CheckResult:
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(sys, "executable", str(programs / "python"))  # ours may have a browser
    monkeypatch.delenv("CLM_BROWSER", raising=False)
    monkeypatch.setattr("clm.programs._browser_places", list)
    return checks()[0].run()


@POSIX_ONLY
@pytest.mark.parametrize(("platform", "installer"), [("linux", "apt-get"), ("darwin", "brew")])
def test_fix_uses_system_installer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, installer: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    (tmp_path / installer).touch(mode=0o755)

    fix = browser_check(monkeypatch, tmp_path).fix

    assert fix is not None
    assert fix[:2] == (installer, "install")


def test_no_fix_without_installer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    result = browser_check(monkeypatch, tmp_path)

    assert (result.ok, result.fix) == (False, None)
    assert result.remedy
