"""Browsers that do not start."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clm_plugin_drawio.browser import Browser
from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import BrowserGoneError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scripts are no programs there")


def browser_that_says(folder: Path, words: str) -> Path:
    program = folder / "browser"
    program.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n")
    program.chmod(0o755)
    return program


def test_the_last_words_of_a_browser_that_does_not_start_are_told(tmp_path):
    program = browser_that_says(tmp_path, "this is no screen")
    with pytest.raises(BrowserGoneError, match=r"does not start.*this is no screen"):
        Browser(program, Engine())


def test_a_machine_that_allows_no_sandbox_is_told_of(tmp_path):
    program = browser_that_says(tmp_path, "zygote.cc:130] No usable sandbox! If this is a Debian")
    with pytest.raises(BrowserGoneError, match=r"no sandbox.*chromium-sandbox") as caught:
        Browser(program, Engine())
    assert "zygote" not in str(caught.value)
