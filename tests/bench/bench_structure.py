"""Structure of the sources: sizes of modules and functions, imports and import cycles.

    python tests/bench/bench_structure.py [CHECKOUT]

Import cycles count all import statements, including those in functions. With an argument, the
sources of another checkout are measured, for comparison.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import mean, median

import grimp

_CROWDED = 12


def main(checkout: Path) -> None:
    sources = sorted(path for path in checkout.glob("clm-*/src/*") if path.is_dir())
    for source in sources:
        sys.path.insert(0, str(source.parent))
        print(f"{source.name}")
        for line in [*_sizes(source), *_folders(source), *_imports(source.name)]:
            print(f"    {line}")


def _sizes(package: Path) -> Iterator[str]:
    files = sorted(package.rglob("*.py"))
    lines = {file: file.read_text(encoding="utf-8").count("\n") for file in files}
    functions = [node for file in files for node in _functions(file)]
    lengths = [(node.end_lineno or 0) - node.lineno + 1 for node in functions]
    longest = max(lines, key=lambda file: lines[file])
    yield f"modules: {len(files)}; lines: {sum(lines.values())}"
    yield (
        f"lines of a module: median {median(lines.values()):g}, "
        f"most {lines[longest]} ({longest.relative_to(package)})"
    )
    yield f"lines of a function: median {median(lengths):g}, most {max(lengths)}"


def _functions(file: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def _folders(package: Path) -> Iterator[str]:
    folders = [package, *(path for path in package.rglob("*") if path.is_dir())]
    flat = {folder: len([f for f in folder.glob("*.py") if f.name[0] != "_"]) for folder in folders}
    crowded = {f.relative_to(package).as_posix(): n for f, n in flat.items() if n > _CROWDED}
    yield f"modules flat at the top: {flat[package]}"
    yield f"folders with more than {_CROWDED}: {crowded or 'none'}"


def _imports(package: str) -> Iterator[str]:
    graph = grimp.build_graph(package, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    counts = [len(found) for found in imports.values()]
    yield f"imports of a module, within the package: {mean(counts):.1f}"
    yield f"import cycle: {_cycle(imports) or 'none'}"


def _cycle(imports: Mapping[str, set[str]]) -> Sequence[str] | None:
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        found: Sequence[str] = error.args[1]
        return found
    return None


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve())
