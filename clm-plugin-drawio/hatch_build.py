"""Build hook: adds draw.io's engine and MathJax to the wheel, from two pinned packages.

pip downloads the packages, and their SHA-256 is checked; the repository has no copies of them.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_VERSIONS = {"draw.io": "31.5.3", "MathJax": "3.2.2"}
_ARCHIVE = "engine.zip"
_MANIFEST = "engine.json"
# A fixed time, so that the same pins result in the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class _Pin(NamedTuple):
    """A package and the files that are copied from it.

    `files` maps a file, or a folder ending in `/`, of the package to its name in the engine's
    archive; `notices` maps licence texts to their names beside the archive.
    """

    requirement: str
    sha256: str
    files: Mapping[str, str]
    notices: Mapping[str, str]


_DRAWIO = "netbox_plugin_plan_drawing/static/netbox_plugin_plan_drawing/drawio"
_MATHJAX = (
    "ipydrawio_mathjax-1.3.0.data/data/share/jupyter/labextensions/"
    "@deathbeds/ipydrawio-mathjax/static/dio/math"
)
_PINS = (
    _Pin(
        "netbox-plugin-plan-drawing==1.1.2",
        "2b30e79623c949764f405138ddbc3b2a8147a8773cd9f044dcfaa4a57c3b8dbb",
        {
            f"{_DRAWIO}/js/viewer-static.min.js": "viewer.js",
            f"{_DRAWIO}/js/stencils.min.js": "stencils.js",
            f"{_DRAWIO}/img/lib/": "img/lib/",
        },
        {
            f"{_DRAWIO}/LICENSE": "LICENSE-drawio.txt",
            f"{_DRAWIO}/img/LICENSE": "NOTICE-drawio-icons.txt",
            f"{_DRAWIO}/stencils/LICENSE": "NOTICE-drawio-stencils.txt",
        },
    ),
    _Pin(
        "ipydrawio-mathjax==1.3.0",
        "7123230dd091c086ca369b1cbdddb693bc8035a212957c497d5229bd0c3165ea",
        {
            f"{_MATHJAX}/es5/tex-svg-full.js": "math/tex-svg-full.js",
            f"{_MATHJAX}/es5/input/asciimath.js": "math/input/asciimath.js",
            f"{_MATHJAX}/es5/ui/safe.js": "math/ui/safe.js",
        },
        # MathJax has the same licence as the package that contains it.
        {"ipydrawio_mathjax-1.3.0.dist-info/LICENSE.txt": "LICENSE-mathjax.txt"},
    ),
)


class EngineHook(BuildHookInterface[Any]):
    """Creates the package's folder `engine`, unless it is up to date."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        target = Path(self.root, "src", "clm_plugin_drawio", "engine")
        recipe = _sha256(Path(__file__).read_bytes())
        if not _is_current(target, recipe):
            target.mkdir(exist_ok=True)
            with tempfile.TemporaryDirectory() as folder:
                _build(target, Path(folder), recipe)


def _is_current(target: Path, recipe: str) -> bool:
    try:
        manifest = json.loads((target / _MANIFEST).read_text(encoding="utf-8"))
        archive = (target / _ARCHIVE).read_bytes()
    except (OSError, ValueError):
        return False
    return manifest.get("recipe") == recipe and manifest.get("sha256") == _sha256(archive)


def _build(target: Path, folder: Path, recipe: str) -> None:
    (target / _MANIFEST).unlink(missing_ok=True)
    archive = folder / _ARCHIVE
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as engine:
        for pin in _PINS:
            with zipfile.ZipFile(_download(pin, folder)) as package:
                _copy_files(pin, package, engine)
                for source, name in pin.notices.items():
                    (target / name).write_bytes(package.read(source))
    data = archive.read_bytes()
    (target / _ARCHIVE).write_bytes(data)
    manifest = {"versions": _VERSIONS, "sha256": _sha256(data), "recipe": recipe}
    # Written last: its existence means that the engine is complete.
    (target / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _download(pin: _Pin, folder: Path) -> Path:
    target = folder / pin.sha256
    options = ["--no-deps", "--ignore-requires-python", "--only-binary=:all:", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--disable-pip-version-check"]
    result = subprocess.run(
        [*command, "--dest", str(target), pin.requirement],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        output = result.stderr.strip()
        raise RuntimeError(f"cannot download {pin.requirement} (draw.io's engine): {output}")
    (wheel,) = target.iterdir()
    found = _sha256(wheel.read_bytes())
    if found != pin.sha256:
        message = f"expected {pin.sha256}, found {found}"
        raise RuntimeError(f"SHA-256 mismatch for {wheel.name}: {message}")
    return wheel


def _copy_files(pin: _Pin, package: zipfile.ZipFile, engine: zipfile.ZipFile) -> None:
    for name in sorted(package.namelist()):
        for source, target in pin.files.items():
            if name == source or (source.endswith("/") and name.startswith(source)):
                entry = zipfile.ZipInfo(target + name.removeprefix(source), _EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                engine.writestr(entry, package.read(name))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
