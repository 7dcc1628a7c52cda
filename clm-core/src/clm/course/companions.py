"""Companion files of a single-file topic: files that it includes, shows and imports."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from clm.course.files import CourseFile, is_file
from clm.course.paths.relative_path import relative_path
from clm.course.paths.stored_names import stored_path
from clm.regular_files import read_regular

# Bounded, so that no text makes the search slow.
_HTML_IMAGE = re.compile(
    r"""<img\b[^>]{0,500}?\bsrc\s*=\s*["']([^"'>]{1,500})["']""", re.IGNORECASE
)
_MARKDOWN_IMAGE = re.compile(r"!\[[^\]\n]{0,500}\]\([ \t]*<?([^)>\s]{1,500})")
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w., \t]+))", re.M)
# Parts that a template includes, as in `# j2 include "part.py"`, and names that it sets for them.
_WORD = r"(include|import|from|extends|set)\b"
_STATEMENT = re.compile(
    rf"\bj2[ \t]+{_WORD}([^\n]{{0,500}})|\{{%[-+]?\s*{_WORD}((?:[^%]|%(?!\}})){{0,500}})"
)
_STRING = re.compile(r"""["']([^"'\n]{1,300})["']""")
# Imports by file name, as in C and JavaScript.
_QUOTED_IMPORT = re.compile(
    r"""^[ \t]*(?:\#[ \t]*include|(?:import|export)\b[^"'\n]{0,300})"""
    r"""[ \t]*["']([^"'\n]{1,300})["']""",
    re.M,
)
_PROTOCOL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//|#")


def companions(deck: Path) -> tuple[PurePosixPath, ...]:
    """The existing files beside `deck` that it needs, as paths relative to its folder."""
    text = _text(deck)
    texts = [text, *(_text(deck.parent / part) for part in included(deck))]
    found = {path for some in texts for path in _images(some, deck.parent)}
    if deck.suffix == ".py":
        found.update(_modules(deck, text))
    else:
        found.update(_existing(_QUOTED_IMPORT.findall(text), deck.parent))
    return tuple(sorted(found - {PurePosixPath(deck.name)}))


def included(deck: Path) -> tuple[PurePosixPath, ...]:
    """The existing files beside `deck` that its text includes, directly or transitively."""
    found: set[PurePosixPath] = set()
    texts = [_text(deck)]
    while texts:
        for path in _existing(_named_parts(texts.pop()), deck.parent):
            if path not in found and path.name != deck.name:
                found.add(path)
                texts.append(_text(deck.parent / path))
    return tuple(sorted(found))


def _named_parts(text: str) -> list[str]:
    """The names in statements of templates that include something, in any spelling of Jinja."""
    named: list[str] = []
    values: list[str] = []
    is_computed = False
    for match in _STATEMENT.finditer(text):
        word, rest = match[1] or match[3], match[2] or match[4] or ""
        strings = _STRING.findall(rest)
        if word == "set":
            values += strings
        else:
            named += strings
            is_computed = is_computed or not strings
    return [*named, *values] if is_computed else named


def included_by(sources: Iterable[CourseFile]) -> frozenset[PurePosixPath]:
    """The files that the sources include, as paths relative to their topic."""
    return frozenset(
        source.topic_path.parent / path for source in sources for path in included(source.path)
    )


def _images(text: str, folder: Path) -> Iterator[PurePosixPath]:
    for pattern in (_HTML_IMAGE, _MARKDOWN_IMAGE):
        targets = (unquote(match.group(1).strip()) for match in pattern.finditer(text))
        yield from _existing(targets, folder)


def _existing(targets: Iterable[str], folder: Path) -> Iterator[PurePosixPath]:
    for target in targets:
        if _PROTOCOL.match(target):
            continue
        try:
            file = stored_path(folder.joinpath(*relative_path(target).parts))
            if file.is_file():
                yield PurePosixPath(file.relative_to(folder).as_posix())
        except (OSError, ValueError):
            continue  # not a valid path in the topic


def _modules(deck: Path, text: str) -> set[PurePosixPath]:
    """The Python modules beside the deck that it imports, directly or transitively."""
    found: set[PurePosixPath] = set()
    texts = [text]
    while texts:
        for name in imported_modules(texts.pop()):
            path = PurePosixPath(*name.split(".")).with_suffix(".py")
            for candidate in (path, path.with_suffix("") / "__init__.py"):
                file = deck.parent.joinpath(*candidate.parts)
                if candidate not in found and is_file(file):
                    found.add(candidate)
                    texts.append(_text(file))
    return found


def imported_modules(text: str) -> set[str]:
    """The names of the modules that Python code imports, and of the packages that contain them.

    Text that does not parse, such as a deck with magics, is searched line by line.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the deck's warnings: its code is not run here
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
        return read_regular(path).decode("utf-8-sig", "replace")
    except OSError:
        return ""  # reported when the file itself is read
