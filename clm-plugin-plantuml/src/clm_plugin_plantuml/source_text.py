"""Changes to a source before PlantUML reads it; line numbers are kept.

The layout is always PlantUML's own, since other engines differ between machines. Includes of
library files from the network are replaced by those of the same library in PlantUML.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_LAYOUT = re.compile(r"^([ \t]*!pragma[ \t]+layout[ \t]+)\w+", re.IGNORECASE | re.MULTILINE)
_REF = r"(?:refs/(?:heads|tags)/)?[\w.\-]+"
# The libraries' names in PlantUML, by their paths on raw.githubusercontent.com.
_LIBRARIES = {
    rf"plantuml-stdlib/C4-PlantUML/{_REF}": "C4/",
    rf"tupadr3/plantuml-icon-font-sprites/{_REF}(?:/icons)?": "tupadr3/",
    rf"plantuml-stdlib/Azure-PlantUML/{_REF}/dist": "azure/",
    rf"plantuml/plantuml-stdlib/{_REF}(?:/stdlib)?": "",
}
_REMOTE_LIBRARIES = tuple(
    (re.compile(rf"https://raw\.githubusercontent\.com/{address}/(.+)", re.IGNORECASE), name)
    for address, name in _LIBRARIES.items()
)
_REFERENCE = re.compile(
    r"^(?P<before>[ \t]*(?:!include(?:_once|_many|url)?|!theme[ \t]+\S+[ \t]+from)[ \t]+)"
    r"(?P<target>[^\s<]\S*)",
    re.IGNORECASE | re.MULTILINE,
)
_OWN_INCLUDE = re.compile(
    r"^[ \t]*!(?:include(?:_once|_many|sub)?|theme[ \t]+\S+[ \t]+from)[ \t]+(?![<$%/~]|\w+:)",
    re.IGNORECASE | re.MULTILINE,
)
# Without it, a theme is told from an included file.
_SLASH_AFTER_FOLDER = re.compile(
    r"^([ \t]*!theme[ \t]+\S+[ \t]+from[ \t]+[^\s<].*?)/+[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_NAME = re.compile(
    r"^[ \t]*(?:!define[ \t]+(?P<define>\w+)[ \t]+|!(?P<variable>\$\w+)[ \t]*=[ \t]*\")"
    r"(?P<address>https://[^\s\"]+)",
    re.MULTILINE,
)


def prepared(text: str) -> str:
    """The text with its layout and its remote includes replaced."""
    text = _LAYOUT.sub(r"\1smetana", text)
    text = _SLASH_AFTER_FOLDER.sub(r"\1", text)
    names = _names(text)
    return _REFERENCE.sub(
        lambda match: match["before"] + (_standard(match["target"], names) or match["target"]), text
    )


def with_includes_from(folder: str, text: str) -> str:
    """The text of a theme with its own includes relative to the file that uses the theme.

    PlantUML looks them up from there; those of an included file it looks up from that file.
    """
    return _OWN_INCLUDE.sub(lambda match: f"{match.group()}{folder}/", text)


def is_in_library(target: str) -> bool:
    """Whether an include of this address is read from PlantUML's own library."""
    return _standard(target, {}) is not None


def replaced_includes(text: str) -> Iterator[tuple[int, str, str]]:
    """The includes that `prepared` replaces: line, address and replacement."""
    names = _names(text)
    for match in _REFERENCE.finditer(text):
        if standard := _standard(match["target"], names):
            line = text.count("\n", 0, match.start()) + 1
            yield line, match["target"], match["before"].strip() + " " + standard


def _names(text: str) -> dict[str, str]:
    """The addresses that the text defines, by name; examples of libraries do so."""
    return {m["define"] or m["variable"]: m["address"] for m in _NAME.finditer(text)}


def _standard(target: str, names: Mapping[str, str]) -> str | None:
    """The name in PlantUML's own library of the file at an address; None if it is not there."""
    name, slash, rest = target.partition("/")
    address = f"{names[name]}{slash}{rest}" if name in names else target
    for pattern, library in _REMOTE_LIBRARIES:
        if match := pattern.fullmatch(address):
            return f"<{library}{match[1].removesuffix('.puml')}>"
    return None
