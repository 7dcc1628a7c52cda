"""The packages that the code of a deck imports, as they are installed where it runs."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping
from functools import lru_cache
from importlib.metadata import Distribution, distributions

from clm_plugin_notebook.decks.text.imported_modules import imported_modules
from clm_plugin_notebook.kernels.environment import interpreter_version, site_folders

# The first part of the path of each module or package in a record of installed files.
_MODULE = re.compile(r"^([A-Za-z_]\w*)(?=[/.](?:[^,\n]*\.)?(?:py|so|pyd),)", re.M)


def used_packages(code: str, python: str, own: Collection[str]) -> tuple[str, ...]:
    """Return the interpreter and packages with their versions: `Python 3.12.1`, `numpy 2.1.0`.

    `python` is an interpreter, empty for the current one; `own` are the names of modules of the
    topic. Modules of the standard library, and those that no package has, are left out.
    """
    names = {name.partition(".")[0] for name in imported_modules(code)}
    others = names - sys.stdlib_module_names - set(own)
    folders = tuple(site_folders(python))
    found = {package for name in others for package in _packages(folders).get(name, ())}
    return (f"Python {interpreter_version(python)}", *sorted(found, key=str.casefold))


@lru_cache(maxsize=4)
def _packages(folders: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """The packages by the names of their modules. They do not change while a worker runs."""
    found: dict[str, dict[str, None]] = {}
    for package in distributions(path=list(folders)):
        name, version = package.metadata["Name"], package.version
        for module in _modules(package):
            found.setdefault(module, {})[f"{name} {version}"] = None
    return {module: tuple(packages) for module, packages in found.items()}


def _modules(package: Distribution) -> set[str]:
    top = package.read_text("top_level.txt")
    # `files` would look for each of thousands of files.
    return set(top.split() if top else _MODULE.findall(package.read_text("RECORD") or ""))
