"""Packages that published code imports, as they are installed."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

from attrs import frozen

# Lines that only IPython understands: magics, shell commands, help.
_MAGIC = re.compile(r"^\s*(?:[%!].*|[\w.]+\s*=\s*[%!].*|\?.*|.*\?\s*)$", re.M)
_CELL_MAGIC = re.compile(r"\s*%%(?!capture|time|timeit|prun)\w")
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w., \t]+))", re.M)
_METADATA_FOLDERS = ("lib*/python*/site-packages", "Lib/site-packages")
_NAMES = re.compile(r"[-_.]+")
_IMPORTABLE = (".py", ".pyd", ".so", ".pyi")


@frozen
class Package:
    """An installed package; `is_local` if it is none of an index, so that no other has it."""

    name: str
    version: str
    is_local: bool


def imported_modules(name: str, data: bytes) -> set[str]:
    """The modules that Python code in a file imports, with dots; for other files none."""
    if name.endswith(".ipynb"):
        cells = _python_cells(data)
    elif name.endswith(".py"):
        cells = iter((data.decode("utf-8-sig", "replace"),))
    else:
        return set()
    return {module for cell in cells for module in _modules(cell)}


def _python_cells(data: bytes) -> Iterator[str]:
    try:
        notebook = json.loads(data)
        metadata = notebook.get("metadata", {})
        kernel, info = metadata.get("kernelspec", {}), metadata.get("language_info", {})
        language = kernel.get("language") or info.get("name") or "python"
        if str(language).lower() == "python":
            for cell in notebook["cells"]:
                source = cell["source"]
                if cell["cell_type"] == "code":
                    yield source if isinstance(source, str) else "".join(source)
    except (ValueError, KeyError, TypeError, AttributeError):
        return  # no notebook: a file of a topic may have any content


def _modules(code: str) -> Iterator[str]:
    if _CELL_MAGIC.match(code):
        return  # of another language
    try:
        nodes = list(ast.walk(ast.parse(_MAGIC.sub("", code))))
    except (SyntaxError, ValueError, RecursionError):
        yield from _by_lines(code)
        return
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _by_lines(code: str) -> Iterator[str]:
    """The modules in code that has an error, such as one that students are to find."""
    for package, modules in _IMPORT.findall(code):
        for module in (package or modules).split(","):
            if (name := module.split()[:1]) and re.fullmatch(r"\w+(\.\w+)*", name[0]):
                yield name[0]


def is_of_python(module: str) -> bool:
    """Whether a module belongs to Python itself."""
    return module.partition(".")[0] in sys.stdlib_module_names or module == "__future__"


@frozen(slots=False)
class Environment:
    """What is installed: of this interpreter, or of the environment in a folder."""

    folder: Path | None = None

    def packages_of(self, modules: Iterable[str]) -> tuple[dict[str, Package], tuple[str, ...]]:
        """The packages of modules by their names, and the modules that are of none."""
        by_top = self._by_top()
        found: dict[str, Package] = {}
        missing = []
        for module in sorted(modules):
            candidates = by_top.get(module.partition(".")[0], ())
            for one in _with_module(candidates, module):
                found[normal_name(one.metadata["Name"])] = _package(one)
            if not candidates:
                missing.append(module)
        return found, tuple(missing)

    def package(self, name: str) -> Package | None:
        """The package of this name, None if it is not installed."""
        for one in self._installed():
            if normal_name(one.metadata["Name"] or "") == normal_name(name):
                return _package(one)
        return None

    def _installed(self) -> Iterator[Distribution]:
        if self.folder is None:
            yield from distributions()
        else:
            places = [str(p) for pattern in _METADATA_FOLDERS for p in self.folder.glob(pattern)]
            yield from distributions(path=places)

    def _by_top(self) -> Mapping[str, list[Distribution]]:
        found: dict[str, list[Distribution]] = {}
        for one in self._installed():
            for name in _top_modules(one):
                found.setdefault(name, []).append(one)
        return found


def _top_modules(one: Distribution) -> set[str]:
    if declared := one.read_text("top_level.txt"):
        return set(declared.split())
    names = {file.parts[0] for file in one.files or () if file.suffix in _IMPORTABLE}
    return {name.partition(".")[0] for name in names if not name.endswith((".dist-info", ".data"))}


def _with_module(candidates: Iterable[Distribution], module: str) -> list[Distribution]:
    """Of several packages with one top module, such as `google`, those with the whole path."""
    candidates = list(candidates)
    if len(candidates) < 2:
        return candidates
    path = module.replace(".", "/")
    own = [c for c in candidates if any(_is_in(str(file), path) for file in c.files or ())]
    return own or candidates


def _is_in(file: str, path: str) -> bool:
    return file.startswith(f"{path}/") or file.partition(".")[0] == path


def _package(one: Distribution) -> Package:
    # A local part, as of builds for one machine, is in no index.
    version = one.version.partition("+")[0]
    return Package(one.metadata["Name"], version, bool(one.read_text("direct_url.json")))


def normal_name(name: str) -> str:
    """The name of a package in the spelling that all its spellings have in common."""
    return _NAMES.sub("-", name).lower()


def name_in(requirement: str) -> str:
    """The name of the package in a requirement, such as `numpy<3`."""
    return re.split(r"[\[<>=!~ ]", requirement)[0]
