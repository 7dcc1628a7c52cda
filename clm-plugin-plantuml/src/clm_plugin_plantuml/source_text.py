"""Changes to a source before PlantUML reads it; line numbers are kept.

The layout is always PlantUML's own, since other engines differ between machines. Includes of
library files from the network become those of the same library in PlantUML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_LAYOUT = re.compile(r"^([ \t]*!pragma[ \t]+layout[ \t]+)\w+", re.IGNORECASE | re.MULTILINE)
_REF = r"(?:refs/(?:heads|tags)/)?[\w.\-]+"
# By their addresses on raw.githubusercontent.com: how a library is called in PlantUML.
_LIBRARIES = {
    rf"plantuml-stdlib/C4-PlantUML/{_REF}": "C4/",
    rf"tupadr3/plantuml-icon-font-sprites/{_REF}(?:/icons)?": "tupadr3/",
    rf"plantuml-stdlib/Azure-PlantUML/{_REF}/dist": "azure/",
    rf"plantuml/plantuml-stdlib/{_REF}(?:/stdlib)?": "",
}
_ON_THE_NET = tuple(
    (re.compile(rf"https://raw\.githubusercontent\.com/{address}/(.+)", re.IGNORECASE), name)
    for address, name in _LIBRARIES.items()
)
_REFERENCE = re.compile(
    r"^(?P<before>[ \t]*(?:!include(?:_once|_many|url)?|!theme[ \t]+\S+[ \t]+from)[ \t]+)"
    r"(?P<target>[^\s<]\S*)",
    re.IGNORECASE | re.MULTILINE,
)
_NAME = re.compile(
    r"^[ \t]*(?:!define[ \t]+(?P<define>\w+)[ \t]+|!(?P<variable>\$\w+)[ \t]*=[ \t]*\")"
    r"(?P<address>https://[^\s\"]+)",
    re.MULTILINE,
)


def prepared(text: str) -> str:
    """The text as PlantUML is to read it."""
    text = _LAYOUT.sub(r"\1smetana", text)
    names = _names(text)
    return _REFERENCE.sub(
        lambda match: match["before"] + (_standard(match["target"], names) or match["target"]), text
    )


def stands_for_standard(target: str) -> bool:
    """Whether an include of this address is read from PlantUML's own library instead."""
    return _standard(target, {}) is not None


def replaced_includes(text: str) -> Iterator[tuple[int, str, str]]:
    """What `prepared` changes: line, what is written, and what is to be written instead."""
    names = _names(text)
    for match in _REFERENCE.finditer(text):
        if standard := _standard(match["target"], names):
            line = text.count("\n", 0, match.start()) + 1
            yield line, match["target"], match["before"].strip() + " " + standard


def _names(text: str) -> dict[str, str]:
    """The addresses that the text gives names, as libraries' examples do."""
    return {m["define"] or m["variable"]: m["address"] for m in _NAME.finditer(text)}


def _standard(target: str, names: Mapping[str, str]) -> str | None:
    """How what is at an address is called in PlantUML's own library."""
    name, slash, rest = target.partition("/")
    address = f"{names[name]}{slash}{rest}" if name in names else target
    for pattern, library in _ON_THE_NET:
        if match := pattern.fullmatch(address):
            return f"<{library}{match[1].removesuffix('.puml')}>"
    return None
