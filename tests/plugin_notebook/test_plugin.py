from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath

import attrs
import pytest

from clm_plugin_notebook import checks
from clm_plugin_notebook.payload import NotebookSettings
from clm_plugin_notebook.plugin import clm_checks, clm_job_types, clm_settings, fingerprint

HEAVY = ("nbconvert", "nbformat", "nbclient", "jupytext", "jinja2", "IPython", "jupyter_client")


def test_plugin_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from clm_plugin_notebook import plugin\n"
        "plugin.clm_job_types()[0].fingerprint()\n"
        "[check.result(plugin.clm_settings()()) for check in plugin.clm_checks()]\n"
        f"print(*[m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize("name", ["slides_a.py", "topic_100_a.py", "project_x.py"])
def test_decks_claimed_by_file_name(name: str) -> None:
    (job_type,) = clm_job_types()
    assert job_type.claims(PurePosixPath("sub", name))


@pytest.mark.parametrize("name", ["helper.py", "slides.py", "slides_a.txt", "myslides_a.py"])
def test_other_files_not_claimed(name: str) -> None:
    (job_type,) = clm_job_types()
    assert not job_type.claims(PurePosixPath(name))


def test_default_format_folders() -> None:
    (job_type,) = clm_job_types()
    usual = (format for format in job_type.formats if format.default)
    folders = {format.name: format.folder_for("python") for format in usual}
    assert folders == {"html": "Html", "notebook": "Notebooks", "code": "Python"}


def test_fingerprint_names_tools_and_interpreter() -> None:
    text = fingerprint()
    for tool in ("revision ", "nbconvert", "jupytext", "jinja2", "ipykernel", "CPython"):
        assert tool in text
    assert "missing" not in text
    assert text == fingerprint()


def test_settings_have_default_and_help() -> None:
    settings = clm_settings()
    settings()
    assert all(field.metadata["help"] for field in attrs.fields(settings))


def test_check_finds_kernel() -> None:
    result = clm_checks()[0].result(NotebookSettings())
    assert result.ok, result
    assert sys.executable in result.message


def test_missing_browser_passes_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLM_BROWSER", "no-such-browser")
    result = clm_checks()[1].run()
    assert result.ok
    assert "the format `pdf` needs Chromium" in result.message
    assert result.remedy


@pytest.mark.skipif(sys.platform == "win32", reason="makes a program for POSIX")
def test_checks_give_fix_commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(checks, "find_spec", lambda module: None if module == "nbclient" else 1)
    assert clm_checks()[0].result(NotebookSettings()).fix == (
        *(sys.executable, "-m", "pip", "install", "--upgrade", "nbclient"),
    )
    monkeypatch.setenv("CLM_BROWSER", "no-such-browser")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert clm_checks()[1].run().fix is None
    monkeypatch.setattr(sys, "platform", "linux")
    (tmp_path / "apt-get").touch(mode=0o755)
    assert clm_checks()[1].run().fix == ("apt-get", "install", "--yes", "chromium")
