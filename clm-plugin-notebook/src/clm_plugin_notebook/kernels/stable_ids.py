"""Ids and addresses in the outputs of cells: the same in each run of the same code.

Libraries make up ids for the elements of their HTML, and Python's default representation of an
object has its address. A page would be another one after each run although nothing has changed.
"""

from __future__ import annotations

import re

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_RANDOM = rf"{_UUID}|(?<![0-9a-f])[0-9a-f]{{10,64}}(?![0-9a-z])"
# The ids of elements, and that of a Bokeh document.
_ID = re.compile(r"""(?:\bid\s*=\s*|"docid":\s*)(?:"([^"]*)"|'([^']*)')""")
_TOKEN = re.compile(rf"{_RANDOM}|\bT_[0-9a-f]{{5}}(?![0-9A-Za-z])")
_DATE = re.compile(r"(<dc:date>)[^<]*(</dc:date>)")
_ADDRESS = re.compile(r"\bat 0x[0-9A-Fa-f]{9,16}\b")
_LARGEST_TOKENIZED = 1_000_000  # characters; what is larger is a library with few ids of its own


class StableIds:
    """Numbers the random ids of elements in the order in which they appear.

    All texts of a run must be noticed before one is changed, since scripts may precede the
    elements that they refer to.
    """

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def notice(self, markup: str) -> None:
        """Notice the ids of elements in HTML, SVG or a script."""
        for match in _ID.finditer(markup):
            for token in _TOKEN.findall(match[1] or match[2] or ""):
                self._ids.setdefault(token, _id_like(token, len(self._ids) + 1))

    def replaced(self, text: str) -> str:
        """Return a text with the ids that were noticed replaced, and without dates of SVG."""
        if "<dc:date>" in text:
            text = _DATE.sub(r"\1\2", text)
        if not self._ids:
            return text
        if len(text) <= _LARGEST_TOKENIZED:
            return _TOKEN.sub(lambda match: self._ids.get(match[0], match[0]), text)
        for token, stable in self._ids.items():
            text = text.replace(token, stable)
        return text


def without_addresses(text: str) -> str:
    """Return the text with `<object at 0x...>` for the default representation of an object.

    A number in place of the address would claim which objects are the same: an address is used
    again for another object as soon as the first is gone.
    """
    if " at 0x" not in text:
        return text
    lines = text.split("\n")
    return "\n".join(
        _ADDRESS.sub("at 0x...", line) if "<" in line or "&lt;" in line else line for line in lines
    )


def _id_like(token: str, number: int) -> str:
    if token.startswith("T_"):
        return f"T_{number:05x}"
    if "-" in token:
        return f"00000000-0000-4000-8000-{number:012x}"
    return f"{number:0{len(token)}x}"
