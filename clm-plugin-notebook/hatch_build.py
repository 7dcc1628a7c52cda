"""Brings the scripts that pages need into the wheel: what is needed of some pinned packages.

pip fetches the packages (so the index and the proxies are those that are set up for everything
else); nothing of them is in the repository. What is taken is used only when its SHA-256 is the
one in pyproject.toml.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_FOLDER = Path("src", "clm_plugin_notebook", "assets")
_MANIFEST = "assets.json"
_LICENSES = "licenses"


class AssetsHook(BuildHookInterface[Any]):
    """Makes the package's folder `assets`, unless it is there from the same pins."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        provide(project["tool"]["clm-assets"], root / _FOLDER, root / _LICENSES)


def provide(pins: list[dict[str, Any]], folder: Path, licenses: Path) -> None:
    """Make sure that the folder holds the pinned files; what it has already is not fetched."""
    recipe = _sha256(json.dumps(pins, sort_keys=True).encode() + Path(__file__).read_bytes())
    if _is_made(folder, recipe):
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MANIFEST).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        for pin in pins:
            _take(pin, Path(temporary), folder, licenses)
    made = {p.name: _sha256(p.read_bytes()) for p in sorted(folder.iterdir())}
    manifest = {
        "versions": {pin["name"]: pin["version"] for pin in pins},
        "files": made,
        "recipe": recipe,
    }
    # Last: with it the folder counts as complete.
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _is_made(folder: Path, recipe: str) -> bool:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        found = {name: _sha256((folder / name).read_bytes()) for name in manifest["files"]}
    except (OSError, ValueError, KeyError):
        return False
    return bool(manifest.get("recipe") == recipe and manifest["files"] == found)


def _take(pin: dict[str, Any], temporary: Path, folder: Path, licenses: Path) -> None:
    with zipfile.ZipFile(_fetched(pin["package"], temporary / pin["name"])) as package:
        for file in pin["files"]:
            data = package.read(file["path"])
            if (found := _sha256(data)) != file["sha256"]:
                raise RuntimeError(f"{file['path']} in {pin['package']} has the SHA-256 {found}")
            _write(folder / file["name"], data)
        text = _license(pin["license"], package, licenses)
        (folder / f"LICENSE-{pin['name']}.txt").write_bytes(text)


def _write(target: Path, data: bytes) -> None:
    # Compressed once, here: so all pages of an installation hold the same bytes.
    packed = target.suffix == ".gz"
    target.write_bytes(gzip.compress(data, compresslevel=9, mtime=0) if packed else data)


def _license(name: str, package: zipfile.ZipFile, licenses: Path) -> bytes:
    """The text from the package, or from the repository where the package has none."""
    own = licenses / name
    return own.read_bytes() if own.is_file() else package.read(name)


def _fetched(package: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--ignore-requires-python", "--only-binary=:all:"]
    done = subprocess.run(
        [*command, "--dest", str(folder), package], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"pip could not fetch {package}, which pages need:\n{done.stderr}")
    (wheel,) = folder.glob("*.whl")
    return wheel


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
