"""Paths of the machine in the outputs of cells: pages do not show where a deck was built."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen

# Colours end with an `m`, which is no part of a name.
_ANSI = r"(?:\x1b\[[0-9;]*m)*"
_SEPARATOR = r"(?:/|\\\\?)"
_NAME_END = r"""\s"'<>|:*?,;=()\[\]{}\x1b"""
_REST = rf"[^{_NAME_END}]*"
# Only from the start of a path: a search from each of its characters would take too long.
_START = rf"(?:(?<![^{_NAME_END}])|(?<=\dm))(?:[A-Za-z]:)?"
_IN_PACKAGE = re.compile(rf".*{_SEPARATOR}(?=(?:site|dist)-packages{_SEPARATOR})", re.S)
_IN_LIBRARY = re.compile(rf".*{_SEPARATOR}lib{_SEPARATOR}(?=python\d+\.\d+{_SEPARATOR})", re.S)
_ABSOLUTE = re.compile(r"~?[/\\]|[A-Za-z]:[/\\]")
# Where tracebacks and warnings name files, possibly with blanks in their names; with a text without
# which the pattern does not match.
_TRACES = (
    ('File "', re.compile(r'(?P<before>File ")(?P<path>[^"\n]+)(?=", line \d)')),
    ("File ", re.compile(rf"(?P<before>File {_ANSI})(?P<path>[^\"\n\x1b]+?)(?=:\d+{_ANSI}, in )")),
    (
        ": ",
        re.compile(
            rf"(?P<before>^{_ANSI})(?P<path>(?:[~/\\]|[A-Za-z]:[/\\])[^\"\n\x1b]+?\.\w+)"
            r"(?=:\d+: \w)",
            re.M,
        ),
    ),
)
# Elsewhere, too, the folder of a package is enough.
_PACKAGE_FOLDER = re.compile(rf"{_START}[~/\\]{_REST}{_SEPARATOR}(?=(?:site|dist)-packages(?!\w))")
# The file names that ipykernel gives to cells.
_CELL_FILE = re.compile(rf"{_START}[/\\]{_REST}{_SEPARATOR}ipykernel_\d+{_SEPARATOR}\d+\.py\b")
_CELL = "cell"
_TEMPORARY_NAME = re.compile(r"(?<=[/\\])tmp[a-z0-9_]{8}\b")


@frozen
class _Step:
    """A replacement; the pattern matches nothing in texts without `needed`.

    A pattern for a path is a text, compiled when it is needed: few decks show paths.
    """

    needed: str
    pattern: re.Pattern[str] | str
    replacement: Callable[[re.Match[str]], str]

    @classmethod
    def below(cls, path: Path, replacement: Callable[[re.Match[str]], str]) -> _Step:
        return cls(path.name, _below(path), replacement)


class PathShortener:
    """Shortens the paths in the outputs of one run.

    `folder` is the folder that the deck runs in, within that of its job, and `home` the one with
    the kernel's own files. Paths in the job's folder become relative to `folder`. The user's home
    becomes `~`, the folder of temporary files `/tmp`, and names that `tempfile` makes are
    numbered. In tracebacks and warnings only the path within a package or within Python's library
    remains, and of other files the name.
    """

    def __init__(self, folder: Path, home: Path) -> None:
        self._temporary: dict[str, str] = {}
        self._folder = folder = folder.resolve()
        home = home.resolve()
        self._steps = [
            _Step("ipykernel_", _CELL_FILE, lambda match: _CELL),
            _Step.below(folder, lambda match: match["rest"].lstrip("/\\") or "."),
            *(_Step.below(p, self._relative_from(p)) for p in _parents(folder, home.parent)),
            _Step.below(home, lambda match: match["rest"].lstrip("/\\") or "."),
            _Step.below(Path(tempfile.gettempdir()), self._temporary_path),
            *(_Step(needed, pattern, _shortened) for needed, pattern in _TRACES),
            _Step("-packages", _PACKAGE_FOLDER, lambda match: ""),
        ]
        user = Path.home()
        if len(user.parts) > 1:
            self._steps.append(_Step.below(user, lambda match: f"~{match['rest']}"))

    def __call__(self, text: str) -> str:
        """Return the text with its paths shortened."""
        if "/" not in text and "\\" not in text:
            return text
        for step in self._steps:
            if step.needed in text:
                text = re.sub(step.pattern, step.replacement, text)
        return text

    def _relative_from(self, path: Path) -> Callable[[re.Match[str]], str]:
        def relative(match: re.Match[str]) -> str:
            inside = match["rest"].replace("\\", "/").strip("/")
            return Path(os.path.relpath(path / inside, self._folder)).as_posix()

        return relative

    def _temporary_path(self, match: re.Match[str]) -> str:
        def numbered(name: re.Match[str]) -> str:
            return self._temporary.setdefault(name[0], f"tmp{len(self._temporary) + 1}")

        return "/tmp" + _TEMPORARY_NAME.sub(numbered, match["rest"])


def _parents(folder: Path, root: Path) -> Iterator[Path]:
    """Yield the folders above `folder` within `root`, innermost first."""
    yield from (path for path in folder.parents if root in path.parents)


def _below(path: Path) -> str:
    """Return a pattern for a path, as it is and as Python's repr writes it, and what follows."""
    spelled = sorted({str(path), str(path.resolve()), path.as_posix()}, key=len, reverse=True)
    written = "|".join(re.escape(s) for one in spelled for s in (one.replace("\\", "\\\\"), one))
    return rf"(?:(?<![\w.~-])|(?<=\dm))(?:{written})(?![\w.-])(?P<rest>{_REST})"


def _shortened(match: re.Match[str]) -> str:
    return f"{match['before']}{_short_name(match['path'])}"


def _short_name(path: str) -> str:
    if not _ABSOLUTE.match(path):
        return path
    for pattern in (_IN_PACKAGE, _IN_LIBRARY):
        if found := pattern.match(path):
            return path[found.end() :]
    return re.split(r"[/\\]", path)[-1]
