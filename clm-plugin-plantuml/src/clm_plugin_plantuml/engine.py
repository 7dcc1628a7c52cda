"""PlantUML's jar: the one that the package brings, or the one that PLANTUML_JAR names."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from attrs import frozen

ENVIRONMENT = "PLANTUML_JAR"


@frozen
class Engine:
    """A jar; `sha256` is that of its bytes, `version` is empty where only the hash is known."""

    jar: Path
    version: str
    sha256: str


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
            return Engine(jar, "", hashlib.file_digest(file, "sha256").hexdigest())
    except OSError:
        return None
