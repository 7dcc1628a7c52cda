from __future__ import annotations

import subprocess
import sys
from pathlib import PurePosixPath

import attrs
import pytest

from clm import programs
from clm.errors import SettingsError
from clm.plugins.settings import structure_settings
from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import BrowserMissingError, RendererError
from clm_plugin_drawio.finding import find_browser
from clm_plugin_drawio.payload import DrawioSettings
from clm_plugin_drawio.plugin import clm_checks, clm_job_types, clm_settings, fingerprint

POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="makes programs of shell scripts")


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_plugin_loads_nothing_heavy():
    code = (
        "import sys\nfrom clm_plugin_drawio import plugin\n"
        "plugin.clm_job_types(); plugin.clm_settings(); plugin.clm_checks()\n"
        "print([m for m in ('lxml', 'PIL', 'tinycss2', 'psutil') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "[]", answer.stderr


@pytest.mark.parametrize("name", ["a.drawio", "a.de.drawio", "a.drawio.svg", "a.drawio.png"])
def test_sources_are_claimed(name):
    assert clm_job_types()[0].claims(PurePosixPath("drawio", name))


@pytest.mark.parametrize("name", ["a.svg", "a.png", "drawio", "a.drawio.bkp"])
def test_other_files_are_not_claimed(name):
    assert not clm_job_types()[0].claims(PurePosixPath(name))


def test_every_setting_has_help():
    for field in attrs.fields(clm_settings()):
        assert field.metadata["help"], field.name


def test_settings_read_from_course():
    values = {"formats": ["svg"], "time-limit": 5, "files": {"a.*": {"scale": 2, "layers": ["A"]}}}
    settings = structure_settings("drawio", DrawioSettings, values, {"CLM_DRAWIO_BORDER": "7"})
    assert (settings.formats, settings.border) == (("svg",), 7)
    assert settings.files["a.*"].layers == ("A",)


@pytest.mark.parametrize(
    "values",
    [{"formats": ["gif"]}, {"scale": 0}, {"border": -1}, {"files": {"a": {"formats": ["gif"]}}}],
)
def test_invalid_settings_are_refused(values):
    with pytest.raises(SettingsError):
        structure_settings("drawio", DrawioSettings, values, {})


def test_fingerprint_names_engine_and_browser():
    assert Engine().digest in fingerprint()
    assert "browser " in fingerprint()


def test_checks_report_engine_and_browser():
    results = {check.name: check.run() for check in clm_checks()}
    assert "draw.io 31." in results["draw.io engine"].message
    assert results["browser"].ok


def test_missing_browser_gives_remedy(monkeypatch, tmp_path):
    monkeypatch.delenv("CLM_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))  # ours may have a browser
    monkeypatch.setattr(programs, "_browser_places", list)
    result = clm_checks()[0].run()
    assert not result.ok
    assert result.remedy
    assert "browser missing" in fingerprint()


def test_configured_browser_must_exist(monkeypatch, tmp_path):
    monkeypatch.setenv("CLM_BROWSER", str(tmp_path / "none"))
    with pytest.raises(BrowserMissingError, match="CLM_BROWSER"):
        find_browser()


def test_missing_engine_is_error(tmp_path):
    for member in ("versions", "digest", "names"):
        with pytest.raises(RendererError, match="reinstall the package"):
            getattr(Engine(tmp_path), member)


def test_engine_has_its_licences():
    notices = {path.name for path in Engine().folder.glob("*.txt")}
    assert {"LICENSE-drawio.txt", "LICENSE-mathjax.txt", "NOTICE-drawio-icons.txt"} <= notices
