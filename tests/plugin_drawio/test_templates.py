"""draw.io's own templates, from the package that contains its engine."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.integration]

PACKAGE = "netbox-plugin-plan-drawing==1.1.2"


@pytest.fixture(scope="module")
def templates(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("package")
    options = ["--no-deps", "--ignore-requires-python", "--quiet", "--dest", str(folder)]
    command = [sys.executable, "-m", "pip", "download", *options, PACKAGE]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        pytest.skip(f"pip cannot fetch {PACKAGE}: {answer.stderr[-200:]}")
    (wheel,) = Path(folder).iterdir()
    with zipfile.ZipFile(wheel) as archive:
        names = [n for n in archive.namelist() if "/drawio/templates/" in n and n.endswith(".xml")]
        return {n.partition("/templates/")[2]: archive.read(n) for n in names if "index" not in n}


def test_all_templates_are_drawn(drawer, templates):
    assert len(templates) >= 150
    failed = {}
    for name, data in templates.items():
        try:
            outputs = drawer.result(data, "png", "svg").outputs
            assert len(outputs["png"]) > 1000, name
        except Exception as error:
            failed[name] = str(error)
    assert failed == {}
