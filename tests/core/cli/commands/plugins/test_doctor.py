"""`clm doctor`: found and missing tools, and fixes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from clm_program import run_clm
from one_file_plugin import install_plugin

from clm.cli.plugin_checks import as_typed, may_run, run_check, with_rights
from clm.registration import Check, CheckResult

PIP = (sys.executable, "-m", "pip")
Doctor = Callable[..., subprocess.CompletedProcess[str]]
SOURCE = """
    from pathlib import Path
    from clm import Check, CheckResult, hookimpl

    @hookimpl
    def clm_checks():
        return [Check("tool", lambda: {result})]
    """
MISSING = f"CheckResult(False, 'no tool', 'get one', {(*PIP, '--version')!r})"


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """Run `clm doctor` with a plugin whose check returns this result."""

    def run(result: str, *arguments: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        source = SOURCE.format(result=result)
        install_plugin(tmp_path, "mine", source, distribution="mine", version="1.5")
        environ = {"PYTHONPATH": str(tmp_path), "CLM_LOAD_PLUGINS": "mine"}
        return run_clm("doctor", *arguments, answer=answer, **environ)

    return run


def test_found_tool_exits_with_0(doctor: Doctor) -> None:
    done = doctor("CheckResult(True, 'tool 3.1')")

    assert (done.returncode, done.stderr) == (0, "")
    assert "mine: mine 1.5\n  ok       tool: tool 3.1\n" in done.stdout
    assert done.stdout.endswith("no problems\n")


def test_missing_tool_exits_with_1(doctor: Doctor) -> None:
    done = doctor(MISSING)

    assert done.returncode == 1
    assert "missing  tool: no tool" in done.stdout
    assert f"to fix: get one: {as_typed((*PIP, '--version'))}" in done.stdout
    assert "running" not in done.stderr


def test_broken_plugin_exits_with_1(doctor: Doctor) -> None:
    done = doctor("[")

    assert done.returncode == 1
    assert "mine: mine 1.5 (broken)" in done.stdout
    assert "plugin 'mine' of mine 1.5" in done.stderr


def test_json_has_every_check(doctor: Doctor) -> None:
    data = json.loads(doctor(MISSING, "--json").stdout)

    assert (data["version"], data["ok"], data["problems"]) == (1, False, [])
    assert {
        "plugin": "mine",
        "check": "tool",
        "ok": False,
        "optional": False,
        "message": "no tool",
        "remedy": "get one",
        "fix": [*PIP, "--version"],
    } in data["checks"]


@pytest.mark.parametrize(("answer", "runs"), [("y\n", True), ("n\n", False)])
def test_fix_asks_first(doctor: Doctor, answer: str, runs: bool) -> None:
    done = doctor(MISSING, "--fix", answer=answer)

    assert "run `" in done.stderr
    assert ("running: " in done.stderr) is runs
    assert done.returncode == 1


def test_yes_runs_fix_without_asking(
    doctor: Doctor,
) -> None:
    done = doctor(MISSING, "--fix", "--yes", "--json")

    assert "run `" not in done.stderr
    assert "running: " in done.stderr
    assert "pip" in done.stderr.partition("running: ")[2]
    assert json.loads(done.stdout)["ok"] is False


def test_checked_again_after_fix(doctor: Doctor, tmp_path: Path) -> None:
    # The check looks for the log that pip writes.
    log = tmp_path / "log.txt"
    fix = (*PIP, "--log", str(log), "list", "--path", str(tmp_path))
    result = f"CheckResult(Path({str(log)!r}).exists(), 'the log', None, {fix!r})"

    done = doctor(result, "--fix", "--yes")

    if "No module named pip" in done.stderr:
        pytest.skip("this Python has no pip")
    before, _, after = done.stdout.partition("after the installation")
    assert "missing  tool: the log" in before
    assert "ok       tool: the log" in after
    assert done.returncode == 0


def test_failed_fix_reported(doctor: Doctor) -> None:
    result = f"CheckResult(False, 'no tool', None, {(*PIP, 'nonsense')!r})"

    assert "failed with exit code 1" in doctor(result, "--fix", "--yes").stderr


def test_unknown_installer_not_run(doctor: Doctor, tmp_path: Path) -> None:
    fix = (sys.executable, "-c", f"open({str(tmp_path / 'made')!r}, 'w')")

    done = doctor(f"CheckResult(False, 'no tool', None, {fix!r})", "--fix", "--yes")

    assert "not run, since it is not a known installer" in done.stderr
    assert not (tmp_path / "made").exists()


def test_yes_alone_is_wrong_usage(doctor: Doctor) -> None:
    assert doctor(MISSING, "--yes").returncode == 2


@pytest.mark.parametrize(
    ("fix", "may"),
    [
        (("apt-get", "install", "x"), True),
        (("brew", "install", "x"), True),
        (("winget", "install", "x"), True),
        ((*PIP, "install", "x"), True),
        (("/tmp/apt-get", "install"), False),
        (("sh", "-c", "apt-get"), False),
        (("pip", "install"), False),
        ((sys.executable, "-m", "pip_of_mine"), False),
    ],
)
def test_only_installers_may_run(fix: tuple[str, ...], may: bool) -> None:
    assert may_run(fix) is may


@pytest.mark.parametrize("fix", ["apt-get install x", (), ["apt-get"], ("apt-get", 1)])
def test_malformed_fix_reported(fix: object) -> None:
    result = run_check(Check("tool", lambda: CheckResult(False, "no", fix=fix)))  # type: ignore[arg-type]

    assert "not a tuple of program and arguments" in result.message
    assert result.fix is None


def test_apt_get_uses_sudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sudo = tmp_path / "sudo"
    sudo.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)

    assert with_rights(("apt-get", "install")) == ["sudo", "-n", "apt-get", "install"]
    assert with_rights(("brew", "install")) == ["brew", "install"]
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert with_rights(("apt-get", "install")) == ["apt-get", "install"]
