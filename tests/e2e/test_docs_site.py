"""The documentation as a website."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find_spec("sphinx") is None, reason="the group `docs` is not installed"),
]


def test_site_builds_without_warnings(tmp_path):
    site = tmp_path / "site"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", DOCS, site]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    pages = {page.relative_to(DOCS).with_suffix("") for page in DOCS.rglob("*.md")}
    missing = {p for p in pages if not (site / p).with_suffix(".html").is_file()}
    assert {page for page in missing if page.parts[0] != "examples"} == set()
