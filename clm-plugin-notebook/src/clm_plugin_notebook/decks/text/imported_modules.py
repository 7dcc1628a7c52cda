"""Names of the modules that Python code imports."""

from __future__ import annotations

import re
from collections.abc import Iterator

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?([\w., \t]+)|import[ \t]+([\w., \t]+))",
    re.M,
)


def imported_modules(code: str) -> Iterator[str]:
    """Yield the names of imported modules, and those that may be modules of a package."""
    for package, names, modules in _IMPORT.findall(code):
        parts = [part.split()[0] for part in (names or modules).split(",") if part.split()]
        package = package.strip(".")
        found = [package, *(f"{package}.{part}" for part in parts)] if names else parts
        for name in found:
            pieces = [piece for piece in name.split(".") if piece]
            yield from (".".join(pieces[:end]) for end in range(1, len(pieces) + 1))
