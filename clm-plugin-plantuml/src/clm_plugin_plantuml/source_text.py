"""What is changed in a text before PlantUML reads it; lines keep their numbers.

The layout is always PlantUML's own: what another engine draws differs from machine to machine.
Includes of a library's files on the net, as its documentation shows them, become those of the
same library in PlantUML.
"""

from __future__ import annotations

import re

_LAYOUT = re.compile(r"^([ \t]*!pragma[ \t]+layout[ \t]+)\w+", re.IGNORECASE | re.MULTILINE)
_LIBRARY_ON_THE_NET = re.compile(
    r"https://raw\.githubusercontent\.com/"
    r"(?:plantuml-stdlib/(?P<C4>C4-PlantUML)/(?:refs/(?:heads|tags)/)?[\w.\-]+"
    r"|plantuml/plantuml-stdlib/(?:refs/(?:heads|tags)/)?[\w.\-]+(?:/stdlib)?)"
    r"/(?P<file>[\w.\-/]+?)\.puml",
    re.IGNORECASE,
)
_INCLUDE = re.compile(r"^([ \t]*!include(?:_once|_many|url)?[ \t]+)(\S+)", re.I | re.M)


def prepared(text: str) -> str:
    """The text as PlantUML is to read it."""
    text = _LAYOUT.sub(r"\1smetana", text)
    return _INCLUDE.sub(lambda match: match[1] + (_standard(match[2]) or match[2]), text)


def stands_for_standard(target: str) -> bool:
    """Whether an include of this address is read from PlantUML's own library instead."""
    return _standard(target) is not None


def replaced_includes(text: str) -> list[tuple[int, str, str]]:
    """The includes that `prepared` changes: line, what is written, what is read instead."""
    found = []
    for match in _INCLUDE.finditer(text):
        if standard := _standard(match[2]):
            found.append((text.count("\n", 0, match.start()) + 1, match[2], standard))
    return found


def _standard(target: str) -> str | None:
    match = _LIBRARY_ON_THE_NET.fullmatch(target)
    if match is None:
        return None
    return f"<C4/{match['file']}>" if match["C4"] else f"<{match['file']}>"
