"""The plugin's check of the Python in which kernels run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clm.registration import CheckResult
from clm_plugin_notebook.checks import checks
from clm_plugin_notebook.payload import NotebookSettings


def check_kernel(python: str) -> CheckResult:
    (check,) = (check for check in checks() if check.name == "Python kernel")
    return check.result(NotebookSettings(kernel_python=python))


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_own_python_passes_by_default() -> None:
    result = check_kernel("")

    assert result.ok
    assert result.message.endswith(f" in {sys.executable}")


def test_named_python_passes() -> None:
    result = check_kernel(sys.executable)

    assert result.ok
    assert result.message.startswith("ipykernel ")
    assert result.message.endswith(f" in {sys.executable}")


def test_python_without_kernel_fails(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = shutil.which("python", path=f"{folder / 'bin'}:{folder / 'Scripts'}")
    assert python is not None

    result = check_kernel(python)

    assert not result.ok
    assert result.message == f"not installed for {python}: ipykernel"
    assert result.fix == (python, "-m", "pip", "install", "--upgrade", "ipykernel")


def test_missing_python_fails(tmp_path: Path) -> None:
    result = check_kernel(str(tmp_path / "python"))

    assert not result.ok
    assert "is not there" in result.message
    assert result.remedy


@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("exit 0", "is not a Python"),
        ("echo no library >&2; exit 127", "does not run: no library"),
    ],
)
def test_other_program_fails(tmp_path: Path, text: str, reason: str) -> None:
    result = check_kernel(script(tmp_path / "python", text))

    assert not result.ok
    assert reason in result.message
