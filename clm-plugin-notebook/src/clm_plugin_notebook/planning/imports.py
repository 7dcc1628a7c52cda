"""Python modules of a topic that code imports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?([\w., \t]+)|import[ \t]+([\w., \t]+))",
    re.M,
)


def imported_files(code: str, folder: PurePosixPath, files: Mapping[str, Path]) -> Iterator[str]:
    """Yield the files of a topic that code in this folder imports, and those that these import.

    `files` has the topic's files by their paths in it.
    """
    found: set[str] = set()
    codes = [code]
    while codes:
        for module in _modules(codes.pop()):
            base = folder.joinpath(*module.split("."))
            for name in (f"{base}.py", f"{base}/__init__.py"):
                if name in files and name not in found:
                    found.add(name)
                    yield name
                    codes.append(files[name].read_text(encoding="utf-8-sig", errors="replace"))


def _modules(code: str) -> Iterator[str]:
    """Yield the names of imported modules, and those that may be modules of a package."""
    for package, names, modules in _IMPORT.findall(code):
        parts = [part.split()[0] for part in (names or modules).split(",") if part.split()]
        package = package.strip(".")
        found = [package, *(f"{package}.{part}" for part in parts)] if names else parts
        for name in found:
            pieces = [piece for piece in name.split(".") if piece]
            yield from (".".join(pieces[:end]) for end in range(1, len(pieces) + 1))
