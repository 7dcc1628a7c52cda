"""References of a diagram: includes, data, images, sprites, styles and themes.

They are found in the text, without PlantUML, so that a build knows the inputs of a job. Computed
references (`!include $folder/x.puml`) cannot be found this way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import PurePosixPath

from attrs import frozen

from clm_plugin_plantuml.blocks import without_comments


class Kind(StrEnum):
    INCLUDE = "include"
    DATA = "data"
    IMAGE = "image"
    THEME = "theme"


@frozen(repr=False)
class Reference:
    """A reference in line `line` (from 1); `target` is its text."""

    kind: Kind
    target: str
    line: int

    @property
    def is_computed(self) -> bool:
        return bool(re.search(r"[$%(]", self.target))

    @property
    def is_standard(self) -> bool:
        """Whether it refers to PlantUML's own library, as `<C4/C4_Context>` does."""
        return self.target.startswith(("<", "jar:"))

    @property
    def is_remote(self) -> bool:
        return re.match(r"(https?|ftp):", self.target, re.IGNORECASE) is not None

    @property
    def is_own_theme(self) -> bool:
        """Whether it is a theme in a folder of the author; others may be in PlantUML itself."""
        return self.kind is Kind.THEME and "/" in self.target and not self.is_standard

    @property
    def is_embedded(self) -> bool:
        return self.target.startswith("data:")


_PATTERNS = (
    (Kind.INCLUDE, r"^\s*!include(?:_once|_many|url)?\s+(?P<target>[^!]+?)\s*(?:!.*)?$"),
    (Kind.INCLUDE, r"^\s*!includesub\s+(?P<target>[^!]+?)\s*(?:!.*)?$"),
    (Kind.INCLUDE, r"^\s*!import\s+(?P<target>.+?)\s*$"),
    (Kind.THEME, r"^\s*!theme\s+(?P<name>\S+)(?:\s+from\s+(?P<target>.+?))?\s*$"),
    (Kind.DATA, r"%load_json\(\s*[\"'](?P<target>[^\"']+)[\"']"),
    (Kind.IMAGE, r"<img[:\s]\s*(?P<target>[^>{]+?)\s*(?:\{[^}]*\})?\s*>"),
    (Kind.IMAGE, r"^\s*sprite\s+\$?[\w\-.]+\s+(?P<target>(?![\[{<])\S+)\s*$"),
    (Kind.IMAGE, r"^\s*<style\s+\w+\s*=\s*[\"']?(?P<target>[^\"'>]+)[\"']?\s*>"),
)
_COMPILED = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS)


def find_references(text: str) -> Iterator[Reference]:
    """All references of the text, in order."""
    for number, line in enumerate(without_comments(text).split("\n"), 1):
        for kind, pattern in _COMPILED:
            for match in pattern.finditer(line):
                yield Reference(kind, _target(kind, match), number)


def _target(kind: Kind, match: re.Match[str]) -> str:
    target = (match["target"] or "").strip()
    if kind is not Kind.THEME:
        return target.strip("\"'")
    file = f"puml-theme-{match['name']}.puml"
    if target.startswith("<"):
        return target
    return f"{target.rstrip('/')}/{file}" if target else file


def resolve(folder: PurePosixPath, target: str) -> PurePosixPath | None:
    """The path in the topic of `target` in a file of `folder`; None if it is outside."""
    path = target.replace("\\", "/")
    if path.startswith(("/", "~", "::")) or re.match(r"[A-Za-z][\w+.\-]*:", path):
        return None
    parts: list[str] = []
    for part in (*folder.parts, *PurePosixPath(path).parts):
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return None
    return PurePosixPath(*parts)
