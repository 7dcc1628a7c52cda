"""Archive of the classes that Java loads for drawing, for a first picture in half the time.

Java makes it once, at the end of a process that has drawn. It is beside the compiled modules of
this package, as these are: whoever can write there could change the modules as well.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

from clm_plugin_plantuml.engine import Engine
from clm_plugin_plantuml.java import Java

FOLDER = Path(__file__).parent / "__pycache__"
_NEW = "classes.jsa"
_KEPT = 3
_BASE = "classes.jsa"  # Java's own archive, beside its library, to which this one adds


@frozen(repr=False)
class ClassArchive:
    """The archive for a Java and a jar; `file` need not exist."""

    file: Path
    can_be_made: bool

    @classmethod
    def of(cls, java: Java, engine: Engine) -> ClassArchive:
        """The archive for drawing with these."""
        bridge = find_spec("jpype")
        files = [java.library, engine.jar, Path(bridge.origin if bridge and bridge.origin else "")]
        key = repr((java.version, engine.sha256, *map(_stamp, files)))
        file = FOLDER / f"java-{hashlib.sha256(key.encode()).hexdigest()[:16]}.jsa"
        has_base = java.library.with_name(_BASE).is_file()
        may_write = not sys.dont_write_bytecode and os.access(FOLDER, os.W_OK)
        return cls(file, has_base and may_write and not file.exists())

    def flags(self, folder: Path) -> list[str]:
        """Java's flags to use the archive, or else to make one in `folder` at its end."""
        if self.file.is_file():
            # Java itself refuses the archive of another Java or jar, and a damaged one.
            return [f"-XX:SharedArchiveFile={self.file}", "-XX:+VerifySharedSpaces"]
        return [f"-XX:ArchiveClassesAtExit={folder / _NEW}"] if self.can_be_made else []

    def keep(self, folder: Path) -> None:
        """Keep the archive that Java has made in `folder`, if it has."""
        made = folder / _NEW
        temporary = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        with suppress(OSError):  # it is only a help for later builds
            if made.is_file():
                shutil.copyfile(made, temporary)
                temporary.replace(self.file)
            _remove_old()

    def discard(self) -> None:
        """Remove the archive, with which Java may have crashed."""
        with suppress(OSError):
            self.file.unlink(missing_ok=True)


def _stamp(file: Path) -> tuple[str, int, int]:
    try:
        found = file.stat()
    except OSError:
        return str(file), 0, 0  # the start of Java reports the error
    return str(file), found.st_size, found.st_mtime_ns


def _remove_old() -> None:
    """Remove the archives of former versions of Java and the jar."""
    found = sorted(FOLDER.glob("java-*.jsa*"), key=lambda file: file.stat().st_mtime)
    for file in found[:-_KEPT]:
        file.unlink(missing_ok=True)
