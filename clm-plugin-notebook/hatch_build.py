"""Build hook that adds the scripts that pages need to the wheel.

The files are extracted from pinned packages, which pip downloads (with the package index and
proxies configured for pip) and which are not in the repository. A file is accepted only if its
SHA-256 matches the one in pyproject.toml.
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
    """Create the package's `assets` folder unless it exists with the same pins."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        provide(project["tool"]["clm-assets"], root / _FOLDER, root / _LICENSES)


def provide(pins: list[dict[str, Any]], folder: Path, licenses: Path) -> None:
    """Create `folder` with the pinned files; do nothing if it is complete and up to date.

    Raises:
        RuntimeError: pip cannot download a package, or a file has another SHA-256 than its pin.
    """
    recipe = _sha256(json.dumps(pins, sort_keys=True).encode() + Path(__file__).read_bytes())
    if _is_up_to_date(folder, recipe):
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MANIFEST).unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        for pin in pins:
            _extract(pin, Path(temporary), folder, licenses)
    digests = {p.name: _sha256(p.read_bytes()) for p in sorted(folder.iterdir())}
    manifest = {
        "versions": {pin["name"]: pin["version"] for pin in pins},
        "files": digests,
        "recipe": recipe,
    }
    # Written last: the manifest marks the folder as complete.
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _is_up_to_date(folder: Path, recipe: str) -> bool:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        found = {name: _sha256((folder / name).read_bytes()) for name in manifest["files"]}
    except (OSError, ValueError, KeyError):
        return False
    return bool(manifest.get("recipe") == recipe and manifest["files"] == found)


def _extract(pin: dict[str, Any], temporary: Path, folder: Path, licenses: Path) -> None:
    with zipfile.ZipFile(_download(pin["package"], temporary / pin["name"])) as package:
        for file in pin["files"]:
            data = package.read(file["path"])
            if (found := _sha256(data)) != file["sha256"]:
                raise RuntimeError(
                    f"SHA-256 mismatch for {file['path']} in {pin['package']}: "
                    f"expected {file['sha256']}, found {found}"
                )
            _write(folder / file["name"], data)
        text = _license(pin["license"], package, licenses)
        (folder / f"LICENSE-{pin['name']}.txt").write_bytes(text)


def _write(target: Path, data: bytes) -> None:
    # Compressed once, here, so that all pages of an installation contain the same bytes.
    packed = target.suffix == ".gz"
    target.write_bytes(gzip.compress(data, compresslevel=9, mtime=0) if packed else data)


def _license(name: str, package: zipfile.ZipFile, licenses: Path) -> bytes:
    """Return the licence text: from the repository if it has the file, else from the package."""
    own = licenses / name
    return own.read_bytes() if own.is_file() else package.read(name)


def _download(package: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--ignore-requires-python", "--only-binary=:all:"]
    done = subprocess.run(
        [*command, "--dest", str(folder), package], check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"pip could not download {package}:\n{done.stderr}")
    (wheel,) = folder.glob("*.whl")
    return wheel


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
