"""The public interface: plugins import only from `PUBLIC`, and in tests from `clm.testing`."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest
from public_names import PUBLIC

import clm

ROOT = Path(__file__).parents[2]
PLUGINS = ("clm-plugin-*/src", "tests/support/clm-plugin-*/src", "docs/examples/plugins/*/src")


def plugin_modules() -> list[Path]:
    folders = [folder for pattern in PLUGINS for folder in ROOT.glob(pattern)]
    return sorted(file for folder in folders for file in folder.rglob("*.py"))


def imported(file: Path) -> set[tuple[str, str]]:
    """The modules of the core that a module imports from, each with the imported name."""
    found = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom) and not node.level:
            found |= {(node.module or "", alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
    return {(module, name) for module, name in found if module.partition(".")[0] == "clm"}


def is_public(module: str, name: str) -> bool:
    """Whether a name of a module is public; without a name, whether the module is."""
    if f"{module}.{name}" in PUBLIC:
        return True
    return module in PUBLIC and name in ("", *import_module(module).__all__)


def test_plugin_modules_found():
    assert len(plugin_modules()) > 50


@pytest.mark.parametrize("file", plugin_modules(), ids=lambda f: f.relative_to(ROOT).as_posix())
def test_plugins_import_only_public_names(file):
    assert [f"{m}: {n}" for m, n in sorted(imported(file)) if not is_public(m, n)] == []


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names_unique_and_sorted(module):
    names = import_module(module).__all__
    assert names == sorted(set(names))
    assert [name for name in names if not hasattr(import_module(module), name)] == []


@pytest.mark.parametrize("name", [n for n in clm.__all__ if isinstance(getattr(clm, n), type)])
def test_public_class_has_docstring(name):
    # attrs adds no docstring to a class without one; a StrEnum would inherit one.
    assert (vars(getattr(clm, name)).get("__doc__") or "").strip()


def test_job_type_options_keyword_only():
    given = inspect.signature(clm.JobType).parameters.values()
    by_place = [p.name for p in given if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert by_place == ["name", "patterns", "payload", "worker", "fingerprint"]
