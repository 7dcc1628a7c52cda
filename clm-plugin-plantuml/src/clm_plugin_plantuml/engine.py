"""PlantUML's jar: the package's own, or the one given by PLANTUML_JAR."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path

from attrs import frozen

ENVIRONMENT = "PLANTUML_JAR"
_MAIN = "net/sourceforge/plantuml/Run.class"
# Included files are passed to PlantUML through this class, which older versions lack.
_NEEDED = "net/sourceforge/plantuml/nio/PathSystem.class"
_WORKING_VERSION = "1.2026.2"


@frozen(repr=False)
class Engine:
    """A jar; `sha256` is the digest of its bytes, `version` is empty if the jar has none.

    `fault` is the reason why it cannot be used, empty for a usable one.
    """

    jar: Path
    version: str
    sha256: str
    fault: str = ""


def find_engine() -> Engine | None:
    """The jar to use, or None if there is none."""
    if named := os.environ.get(ENVIRONMENT):
        return _named(Path(named))
    folder = Path(__file__).parent / "engine"
    jar = folder / "plantuml.jar"
    try:
        facts = json.loads((folder / "engine.json").read_text(encoding="utf-8"))
    except OSError:
        return None
    return Engine(jar, facts["version"], facts["sha256"]) if jar.is_file() else None


def _named(jar: Path) -> Engine | None:
    try:
        with jar.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with zipfile.ZipFile(jar) as archive:
            names, version = archive.namelist(), _version(archive)
    except zipfile.BadZipFile:
        return Engine(jar, "", digest, "is not a jar")
    except OSError:
        return None
    if _MAIN not in names:
        return Engine(jar, version, digest, "is not PlantUML's jar")
    found = f" ({version})" if version else ""
    old = f"is too old{found}; {_WORKING_VERSION} works"
    return Engine(jar, version, digest, "" if _NEEDED in names else old)


def _version(archive: zipfile.ZipFile) -> str:
    try:
        manifest = archive.read("META-INF/MANIFEST.MF").decode(errors="replace")
    except KeyError:
        return ""
    pairs = (line.partition(":") for line in manifest.splitlines())
    return next((v.strip() for key, _, v in pairs if key == "Implementation-Version"), "")
