"""Search for programs, and their versions."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clm import programs
from clm.programs import find_browser, find_program, installer, package_version, program_version

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs executable scripts")


def program(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only one on the `PATH`."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_first_existing_name_used(path: Path) -> None:
    second, _ = program(path / "second"), program(path / "third")
    assert find_program(["first", "second", "third"]) == second


def test_inactive_environment_program_found(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = program(path.parent / "environment" / "tool")
    monkeypatch.setattr(sys, "executable", str(own.parent / "python"))
    assert find_program(["tool"]) == own
    on_path = program(path / "tool")
    assert find_program(["tool"]) == on_path


def test_places_searched_last(path: Path) -> None:
    place = program(path.parent / "place")
    assert find_program(["tool"], [path / "none", place]) == place
    assert find_program(["tool"], [path / "none"]) is None


def test_variable_overrides_search(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool, mine = program(path / "tool"), program(path.parent / "mine")
    assert find_program(["tool"], variable="CLM_TOOL") == tool
    monkeypatch.setenv("CLM_TOOL", str(mine))
    assert find_program(["tool"], variable="CLM_TOOL") == mine
    monkeypatch.setenv("CLM_TOOL", "none")
    assert find_program(["tool"], variable="CLM_TOOL") is None


def test_current_folder_not_searched(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path.parent / "course" / "tool")
    monkeypatch.chdir(path.parent / "course")
    monkeypatch.setenv("PATH", os.pathsep.join([".", "", str(path)]))
    assert find_program(["tool"]) is None


def test_only_programs_searches_path() -> None:
    root = Path(__file__).parents[2]
    sources = (path for path in root.glob("clm-*/src/**/*.py") if path.name != "programs.py")
    assert [p for p in sources if "shutil.which(" in p.read_text(encoding="utf-8")] == []


def test_windows_endings_found(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course, tool = program(path.parent / "course" / "tool.CMD"), program(path / "tool.EXE")
    monkeypatch.chdir(course.parent)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("PATHEXT", os.pathsep.join([".CMD", ".EXE"]))
    assert find_program(["tool"]) == find_program(["tool.exe", "tool.EXE"]) == tool


def test_browser_by_name_or_variable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLM_BROWSER", raising=False)
    monkeypatch.setattr(programs, "_browser_places", list)
    monkeypatch.setattr(sys, "executable", str(path / "python"))  # beside ours there may be one
    assert find_browser() is None
    found = program(path / "chromium")
    assert find_browser() == found
    mine = program(path.parent / "mine")
    monkeypatch.setenv("CLM_BROWSER", str(mine))
    assert find_browser() == mine


def test_system_installer_if_present(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = {"linux": ("apt-get", "install", "x"), "darwin": ("brew", "install", "x")}
    program(path / "brew")
    monkeypatch.setattr(sys, "platform", "linux")
    assert installer(commands) is None
    monkeypatch.setattr(sys, "platform", "darwin")
    assert installer(commands) == ("brew", "install", "x")


def test_version_among_other_bytes(tmp_path: Path) -> None:
    tool = program(tmp_path / "tool", r"printf 'caf\351 1.2.3\n'")
    assert program_version(tool, tmp_path) == "1.2.3"


def test_program_version_is_cached(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    file = program(tmp_path / "browser", f"echo x >>'{calls}'; echo Browser 12.3.4.5 built on X")
    cache = tmp_path / "cache"
    assert program_version(file, cache) == program_version(file, cache) == "12.3.4.5"
    assert calls.read_text() == "x\n"
    program(file, "echo Browser 13.0")
    assert program_version(file, cache) == "13.0"


def test_damaged_version_cache_rebuilt(tmp_path: Path) -> None:
    file = program(tmp_path / "browser", "echo 1.2.3")
    (tmp_path / "versions.json").write_text("{")
    assert program_version(file, tmp_path) == "1.2.3"
    assert program_version(file, tmp_path) == "1.2.3"


def test_missing_program_has_no_version(tmp_path: Path) -> None:
    assert program_version(tmp_path / "none", tmp_path) == ""


def test_package_version_from_metadata() -> None:
    assert package_version("pluggy") == importlib.metadata.version("pluggy")
    assert package_version("no-such-package") == "missing"


def test_package_version_without_email_parser() -> None:
    program = (
        "import sys; from clm.programs import package_version; package_version('pluggy');"
        "print('email.parser' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"False"
