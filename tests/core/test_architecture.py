"""Architecture of the core: no names of converters, layered packages."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import clm

ROOT = Path(__file__).parents[2]
CORE = ROOT / "clm-core" / "src"
CONVERTERS = re.compile("notebook|drawio|plantuml", re.IGNORECASE)


def source_files() -> list[Path]:
    files = sorted(f for f in CORE.rglob("*") if f.is_file() and not _is_generated(f))
    assert files
    return files


def _is_generated(file: Path) -> bool:
    """Whether a tool generated the file: compiled modules, caches."""
    parts = file.relative_to(CORE).parts
    return any(part == "__pycache__" or part.startswith(".") for part in parts)


@pytest.mark.parametrize("file", source_files(), ids=lambda f: f.relative_to(CORE).as_posix())
def test_core_names_no_converter(file):
    named = [
        f"{number}: {line}"
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if CONVERTERS.search(line)
    ]
    assert named == []
    assert not CONVERTERS.search(file.relative_to(CORE).as_posix())


def test_core_packages_are_layered(tmp_path):
    program = shutil.which("lint-imports", path=Path(sys.executable).parent)
    assert program, "import-linter is not installed beside this Python"
    result = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_core_imports_no_plugin():
    imports = re.compile(r"^\s*(from|import) clm_(?!start\b)", re.MULTILINE)
    python = [file for file in source_files() if file.suffix == ".py"]
    assert [f for f in python if imports.search(f.read_text(encoding="utf-8"))] == []


def test_all_lists_public_names():
    public = {
        name
        for name, value in vars(clm).items()
        if not name.startswith("_") and not _is_submodule(value)
    }
    public -= {"Any", "TYPE_CHECKING", "import_module"}  # for those that are loaded when used
    assert sorted(public | {*clm._MODULES, "__version__"}) == sorted(clm.__all__)


def _is_submodule(value: object) -> bool:
    return type(value) is type(clm)
