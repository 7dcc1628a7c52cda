"""The bundled engine: draw.io's viewer, its stencils and icons, and MathJax.

It is created when the package is built (`hatch_build.py`) and read on demand.
"""

from __future__ import annotations

import json
import zipfile
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from attrs import define, field

from clm_plugin_drawio.errors import RendererError

_FOLDER = "engine"


def engine_folder() -> Path:
    return Path(str(files("clm_plugin_drawio"))) / _FOLDER


@define(repr=False)
class Engine:
    """The engine in a folder that the build hook has created.

    Raises (all members):
        RendererError: the engine is missing or damaged.
    """

    folder: Path = field(factory=engine_folder)

    @cached_property
    def versions(self) -> dict[str, str]:
        """Version by name: `draw.io`, `MathJax`."""
        versions: dict[str, str] = self._manifest["versions"]
        return versions

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the engine's archive, in hexadecimal."""
        digest: str = self._manifest["sha256"]
        return digest

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self._archive.namelist())

    def read(self, name: str) -> bytes:
        """The content of a file of the engine, such as `viewer.js`."""
        try:
            return self._archive.read(name)
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise RendererError(f"draw.io's engine has no {name}: {error}") from error

    @cached_property
    def _archive(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.folder / "engine.zip")
        except (OSError, zipfile.BadZipFile) as error:
            raise self._missing(error) from error

    @cached_property
    def _manifest(self) -> dict[str, Any]:
        try:
            manifest: dict[str, Any] = json.loads((self.folder / "engine.json").read_bytes())
        except (OSError, ValueError) as error:
            raise self._missing(error) from error
        return manifest

    def _missing(self, error: Exception) -> RendererError:
        return RendererError(
            f"cannot read draw.io's engine in {self.folder} ({error}); reinstall the package"
        )
