"""Python modules of a topic that code imports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from clm_plugin_notebook.decks.text.imported_modules import imported_modules


def imported_files(code: str, folder: PurePosixPath, files: Mapping[str, Path]) -> Iterator[str]:
    """Yield the files of a topic that code in this folder imports, and those that these import.

    `files` has the topic's files by their paths in it.
    """
    found: set[str] = set()
    codes = [code]
    while codes:
        for module in imported_modules(codes.pop()):
            base = folder.joinpath(*module.split("."))
            for name in (f"{base}.py", f"{base}/__init__.py"):
                if name in files and name not in found:
                    found.add(name)
                    yield name
                    codes.append(files[name].read_text(encoding="utf-8-sig", errors="replace"))
