"""What belongs to a topic that is a single file: the images it shows, the modules it imports."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from clm.course.relative_path import relative_path

# Bounded, so that no text makes the search slow.
_HTML_IMAGE = re.compile(
    r"""<img\b[^>]{0,500}?\bsrc\s*=\s*["']([^"'>]{1,500})["']""", re.IGNORECASE
)
_MARKDOWN_IMAGE = re.compile(r"!\[[^\]\n]{0,500}\]\([ \t]*<?([^)>\s]{1,500})")
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w., \t]+))", re.M)
_PROTOCOL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//|#")


def companions(deck: Path) -> tuple[PurePosixPath, ...]:
    """The existing files beside `deck` that it needs, as paths relative to its folder."""
    text = _text(deck)
    found = set(_images(text, deck.parent))
    if deck.suffix == ".py":
        found.update(_modules(deck, text))
    return tuple(sorted(found - {PurePosixPath(deck.name)}))


def _images(text: str, folder: Path) -> Iterator[PurePosixPath]:
    for pattern in (_HTML_IMAGE, _MARKDOWN_IMAGE):
        for match in pattern.finditer(text):
            target = unquote(match.group(1).strip())
            if _PROTOCOL.match(target):
                continue
            try:
                path = relative_path(target)
                if folder.joinpath(*path.parts).is_file():
                    yield path
            except (OSError, ValueError):
                continue  # not a path that a file of the topic can have


def _modules(deck: Path, text: str) -> set[PurePosixPath]:
    """The Python modules beside the deck that it imports, and those that they import."""
    found: set[PurePosixPath] = set()
    texts = [text]
    while texts:
        for name in imported_modules(texts.pop()):
            path = PurePosixPath(*name.split(".")).with_suffix(".py")
            for candidate in (path, path.with_suffix("") / "__init__.py"):
                file = deck.parent.joinpath(*candidate.parts)
                if candidate not in found and file.is_file():
                    found.add(candidate)
                    texts.append(_text(file))
    return found


def imported_modules(text: str) -> set[str]:
    """The names of the modules, and of the packages they are in, that Python code imports.

    What is not Python as it stands, such as a deck with magics, is searched line by line.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the deck's own code, which is not run here
            names = set(_ast_imports(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        names = set(_line_imports(text))
    parents = {name[:at] for name in names for at in range(len(name)) if name[at] == "."}
    return {name for name in names | parents if name and "" not in name.split(".")}


def _ast_imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield module
            # `from package import module` may name a module of the package.
            yield from (f"{module}.{alias.name}".lstrip(".") for alias in node.names)


def _line_imports(text: str) -> Iterator[str]:
    for match in _IMPORT.finditer(text):
        for part in (match.group(1) or match.group(2)).split(","):
            yield part.strip().split(" ")[0].strip(".")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""  # whoever reads the file as such says that it cannot be read
