"""The build hook that adds the scripts of pages to the wheel."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

PLUGIN = Path(__file__).parents[2] / "clm-plugin-notebook"
pytestmark = pytest.mark.integration


@pytest.fixture
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", PLUGIN / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pin(tmp_path: Path) -> dict[str, Any]:
    """A pin of a package in a local file."""
    wheel = tmp_path / "some_package-1.0-py3-none-any.whl"
    info = "some_package-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("some_package/a.js", "a script")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: some-package\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
        archive.writestr(f"{info}/LICENSE", "a licence")
    digest = hashlib.sha256(b"a script").hexdigest()
    return {
        "name": "some",
        "version": "1.0",
        "package": str(wheel),
        "license": f"{info}/LICENSE",
        "files": [
            {"name": "a.js", "path": "some_package/a.js", "sha256": digest},
            {"name": "a.js.gz", "path": "some_package/a.js", "sha256": digest},
        ],
    }


def test_files_and_licences_extracted(
    hook: ModuleType, pin: dict[str, Any], tmp_path: Path
) -> None:
    hook.provide([pin], tmp_path / "assets", tmp_path)
    assert (tmp_path / "assets/a.js").read_text() == "a script"
    assert gzip.decompress((tmp_path / "assets/a.js.gz").read_bytes()) == b"a script"
    assert (tmp_path / "assets/LICENSE-some.txt").read_text() == "a licence"
    manifest = json.loads((tmp_path / "assets/assets.json").read_text())
    assert manifest["versions"] == {"some": "1.0"}


def test_present_files_not_refetched(hook: ModuleType, pin: dict[str, Any], tmp_path: Path) -> None:
    hook.provide([pin], tmp_path / "assets", tmp_path)
    Path(pin["package"]).unlink()
    hook.provide([pin], tmp_path / "assets", tmp_path)
    (tmp_path / "assets/a.js").write_text("another")
    with pytest.raises(RuntimeError, match="could not download"):
        hook.provide([pin], tmp_path / "assets", tmp_path)


def test_hash_mismatch_rejected(hook: ModuleType, pin: dict[str, Any], tmp_path: Path) -> None:
    pin["files"][1]["sha256"] = "0" * 64
    with pytest.raises(RuntimeError, match="SHA-256"):
        hook.provide([pin], tmp_path / "assets", tmp_path)
    assert not (tmp_path / "assets/assets.json").exists()
