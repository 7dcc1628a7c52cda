"""Files that a diagram may include, for PlantUML's file interfaces.

Runs in the process of `jvm_host`, which has the JVM.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from jpype import JImplements, JObject, JOverride

from clm_plugin_plantuml import java_classes as java
from clm_plugin_plantuml.source_text import prepared, with_includes_from

# PlantUML 1.2026.2 puts no separator between the folder of `!theme NAME from FOLDER` and the file.
_THEME = re.compile(r"(?P<folder>.+)(?P<file>puml-theme-[^/]*\.puml)")


@JImplements(f"{java.PLANTUML}.nio.InputFile")
class GuardedFile:
    """A text file of the job's folder.

    For a theme, `folder` is the path from the file that uses it to the theme's folder.
    """

    def __init__(self, root: Path, file: Path, name: str, folder: str = "") -> None:
        self._root = root
        self._file = file
        self._name = name
        self._folder = folder

    @JOverride  # type: ignore[untyped-decorator]
    def newInputStream(self) -> Any:
        text = self._file.read_bytes().decode("utf-8-sig", errors="replace")
        if self._folder:
            text = with_includes_from(self._folder, text)
        return java.ByteArrayInputStream(prepared(text).encode())

    @JOverride  # type: ignore[untyped-decorator]
    def getReader(self, charset: Any) -> Any:
        return java.BufferedReader(java.InputStreamReader(self.newInputStream(), java.UTF_8))

    @JOverride  # type: ignore[untyped-decorator]
    def getParentFolder(self) -> Any:
        return folder(self._root, self._file.parent)

    @JOverride  # type: ignore[untyped-decorator]
    def toString(self) -> str:
        return self._name


@JImplements(f"{java.PLANTUML}.nio.NFolder")
class GuardedFolder:
    """A folder within the job's folder; paths that lead out of `root` find nothing."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder

    @JOverride  # type: ignore[untyped-decorator]
    def getInputFile(self, path: Any) -> Any:
        name = str(path).replace("\\", "/")
        if file := self._existing(name):
            return GuardedFile(self._root, file, name)
        theme = _THEME.fullmatch(name)
        if theme and (file := self._existing(f"{theme['folder']}/{theme['file']}")):
            return GuardedFile(self._root, file, name, theme["folder"])
        return None

    def _existing(self, name: str) -> Path | None:
        file = (self._folder / name).resolve()
        return file if file.is_relative_to(self._root) and file.is_file() else None

    @JOverride  # type: ignore[untyped-decorator]
    def getSubfolder(self, path: Any) -> Any:
        inner = (self._folder / str(path)).resolve()
        return folder(self._root, inner if inner.is_relative_to(self._root) else self._root)

    @JOverride  # type: ignore[untyped-decorator]
    def toString(self) -> str:
        return self._folder.relative_to(self._root).as_posix()


@JImplements(f"{java.PLANTUML}.DefinitionsContainer")
class NoDefinitions:
    """An empty set of definitions (`@startdef`) from other blocks."""

    def __init__(self, paths: Any) -> None:
        self._paths = paths

    @JOverride  # type: ignore[untyped-decorator]
    def getPathSystem(self) -> Any:
        return self._paths

    @JOverride  # type: ignore[untyped-decorator]
    def getCharset(self) -> str:
        return "UTF-8"

    @JOverride  # type: ignore[untyped-decorator]
    def getDefinition(self, name: Any) -> Any:
        return java.ArrayList()


def folder(root: Path, inner: Path) -> Any:
    """The folder `inner` of the job's folder `root`, as a Java object."""
    return JObject(GuardedFolder(root, inner), f"{java.PLANTUML}.nio.NFolder")


def no_definitions(paths: Any) -> Any:
    return JObject(NoDefinitions(paths), f"{java.PLANTUML}.DefinitionsContainer")
