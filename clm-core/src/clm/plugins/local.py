"""Plugins of a course: Python files beside its spec, loaded only because the spec names them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from attrs import field, frozen

from clm.regular_files import read_regular

_PACKAGE = "clm_local_plugins"
_DIGITS = 16


@frozen(repr=False)
class LocalPlugin:
    """A plugin of a course: a Python file, or a folder with `__init__.py`.

    `path` is absolute, `label` the path in the spec.
    """

    path: Path
    label: str

    @property
    def name(self) -> str:
        """The name of the plugin: that of the file or folder."""
        return self.path.stem.replace("_", "-").lower()


@frozen(repr=False)
class LocalEntryPoint:
    """The entry point of a local plugin; `digest` is that of its content.

    The module is named after its content, so two courses with different plugins of one name do
    not meet, and the name is the same on every machine.
    """

    plugin: LocalPlugin
    digest: str
    dist: None = field(default=None, init=False)

    @classmethod
    def of(cls, plugin: LocalPlugin) -> LocalEntryPoint:
        """The entry point for the plugin's present content."""
        return cls(plugin, content_digest(plugin.path))

    @property
    def value(self) -> str:
        """The name of the module."""
        return f"{_PACKAGE}.{self.plugin.path.stem}_{self.digest}"

    def load(self) -> Any:
        """The module; its errors are those of the plugin."""
        if self.value in sys.modules:
            return sys.modules[self.value]
        _make_parent()
        path = self.plugin.path
        is_package = path.is_dir()
        spec = importlib.util.spec_from_file_location(
            self.value,
            path / "__init__.py" if is_package else path,
            submodule_search_locations=[str(path)] if is_package else None,
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"{self.plugin.label} is not a Python module")
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.value] = module
        _LOADED.add((self.plugin.name, self.plugin.label, self.digest))
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[self.value]
            raise
        return module


_LOADED: set[tuple[str, str, str]] = set()


def loaded_local_plugins() -> frozenset[tuple[str, str, str]]:
    """Name, label and digest of each local plugin that this process has loaded."""
    return frozenset(_LOADED)


def content_digest(path: Path) -> str:
    """The digest of a file, or of the files below a folder without those that Python adds."""
    import hashlib  # it loads OpenSSL, and most commands run without such a plugin

    digest = hashlib.sha256()
    for name, file in _files(path):
        content = hashlib.sha256(read_regular(file)).hexdigest()
        digest.update(f"{name}\0{content}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:_DIGITS]


def _files(path: Path) -> Iterable[tuple[str, Path]]:
    if not path.is_dir():
        return [("", path)]
    files = ((f.relative_to(path).as_posix(), f) for f in path.rglob("*") if f.is_file())
    return sorted((name, file) for name, file in files if "__pycache__" not in file.parts)


def _make_parent() -> None:
    # A package without a place: the folder of a course is never on the import path, where its
    # files would replace modules of Python.
    if _PACKAGE not in sys.modules:
        parent = ModuleType(_PACKAGE, "The local plugins of courses.")
        parent.__path__ = []
        sys.modules[_PACKAGE] = parent
