"""Finding programs and their versions."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from clm import programs
from clm.programs import find_browser, find_program, installer, package_version, program_version

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="makes programs of shell scripts")


def program(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that alone is on the path."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_the_first_name_that_is_there_is_taken(path: Path) -> None:
    second, _ = program(path / "second"), program(path / "third")
    assert find_program(["first", "second", "third"]) == second


def test_a_program_of_the_environment_that_is_not_activated_is_found(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = program(path.parent / "environment" / "tool")
    monkeypatch.setattr(sys, "executable", str(own.parent / "python"))
    assert find_program(["tool"]) == own
    on_path = program(path / "tool")
    assert find_program(["tool"]) == on_path


def test_places_are_looked_at_last(path: Path) -> None:
    place = program(path.parent / "place")
    assert find_program(["tool"], [path / "none", place]) == place
    assert find_program(["tool"], [path / "none"]) is None


def test_what_the_variable_names_is_taken_or_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool, mine = program(path / "tool"), program(path.parent / "mine")
    assert find_program(["tool"], variable="CLM_TOOL") == tool
    monkeypatch.setenv("CLM_TOOL", str(mine))
    assert find_program(["tool"], variable="CLM_TOOL") == mine
    monkeypatch.setenv("CLM_TOOL", "none")
    assert find_program(["tool"], variable="CLM_TOOL") is None


def test_a_browser_is_found_by_name_or_variable(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLM_BROWSER", raising=False)
    monkeypatch.setattr(programs, "_browser_places", list)
    assert find_browser() is None
    found = program(path / "chromium")
    assert find_browser() == found
    mine = program(path.parent / "mine")
    monkeypatch.setenv("CLM_BROWSER", str(mine))
    assert find_browser() == mine


def test_an_installer_is_that_of_the_system_if_it_is_there(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = {"linux": ("apt-get", "install", "x"), "darwin": ("brew", "install", "x")}
    program(path / "brew")
    monkeypatch.setattr(sys, "platform", "linux")
    assert installer(commands) is None
    monkeypatch.setattr(sys, "platform", "darwin")
    assert installer(commands) == ("brew", "install", "x")


def test_a_program_is_asked_for_its_version_once(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    file = program(tmp_path / "browser", f"echo x >>'{asked}'; echo Browser 12.3.4.5 built on X")
    cache = tmp_path / "cache"
    assert program_version(file, cache) == program_version(file, cache) == "12.3.4.5"
    assert asked.read_text() == "x\n"
    program(file, "echo Browser 13.0")
    assert program_version(file, cache) == "13.0"


def test_a_damaged_memory_of_versions_is_made_anew(tmp_path: Path) -> None:
    file = program(tmp_path / "browser", "echo 1.2.3")
    (tmp_path / "versions.json").write_text("{")
    assert program_version(file, tmp_path) == "1.2.3"
    assert program_version(file, tmp_path) == "1.2.3"


def test_a_program_that_is_not_there_has_no_version(tmp_path: Path) -> None:
    assert program_version(tmp_path / "none", tmp_path) == ""


def test_the_version_of_a_package_is_that_of_its_metadata() -> None:
    assert package_version("pluggy") == importlib.metadata.version("pluggy")
    assert package_version("no-such-package") == "missing"


def test_the_version_of_a_package_is_found_without_the_parser_of_mails() -> None:
    program = (
        "import sys; from clm.programs import package_version; package_version('pluggy');"
        "print('email.parser' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert said.stdout.strip() == b"False"
