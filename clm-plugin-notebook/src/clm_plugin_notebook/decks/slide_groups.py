"""Cells of a slide, and the places of voiceovers among them.

Places are those of the authoring tools that move voiceovers to companion files: `for_slide` is
the `slide_id` of the slide, and `vo_anchor` names the cell that the voiceover follows, as
`id:<slide_id>#<n>`, `fp:<fingerprint>#<n>` (the n-th such cell of the slide, from 0) or
`tm:title#0` (the title slide itself).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from attrs import frozen

from clm_plugin_notebook.decks.cells import Cell

TITLE = "title"
_STARTS = frozenset({"slide", "subslide"})
_SPOKEN = frozenset({"notes", "voiceover"})


@frozen(eq=False, repr=False)
class SlideGroups:
    """The slides of a deck as seen in one language; indexes are those of `cells`.

    `comment` is the comment token of the deck.
    """

    cells: Sequence[Cell]
    language: str
    comment: str

    def place(self, voiceover: Cell) -> int | None:
        """The index of the cell that a voiceover follows; None if its slide does not exist."""
        slide = voiceover.for_slide or (TITLE if voiceover.slide_id == TITLE else "")
        named = self._named(slide)
        if not named:
            return None
        anchored = self._anchored(voiceover.anchor, named)
        return self._end(named[-1], slide) if anchored is None else anchored

    def _named(self, slide: str) -> list[int]:
        """The cells with the id of the slide; the title slide of a macro has none."""
        named = [i for i in self._visible() if slide and self.cells[i].slide_id == slide]
        if named or slide != TITLE:
            return named
        first = next((i for i in self._visible() if self._starts(i)), None)
        return [] if first is None or self.cells[first].slide_id else [first]

    def _visible(self) -> Iterator[int]:
        for index, cell in enumerate(self.cells):
            if cell.language in (None, self.language) and not _SPOKEN & cell.tags:
                yield index

    def _starts(self, index: int) -> bool:
        return self.cells[index].slide_type in _STARTS

    def _end(self, start: int, slide: str) -> int:
        """The last cell of the slide before its own notes, or before another id."""
        end = start
        for index in range(start + 1, len(self.cells)):
            cell = self.cells[index]
            if cell.language not in (None, self.language):
                continue
            other = cell.slide_id not in ("", slide)
            if other or self._starts(index) or _SPOKEN & cell.tags:
                break
            end = index
        return end

    def _anchored(self, anchor: str, named: Sequence[int]) -> int | None:
        kind, _, rest = anchor.partition(":")
        value, _, number = rest.rpartition("#") if "#" in rest else (rest, "", "0")
        if kind == "tm":
            return named[0]
        start = next((i for i in reversed(named) if self._starts(i)), named[0])
        matching = [i for i in self._group(start) if self._is(self.cells[i], kind, value)]
        at = int(number) if number.isdecimal() else 0
        return matching[at] if at < len(matching) else None

    def _group(self, start: int) -> Iterator[int]:
        for index in self._visible():
            if index > start and self._starts(index):
                break
            if index >= start:
                yield index

    def _is(self, cell: Cell, kind: str, value: str) -> bool:
        if kind == "id":
            return cell.slide_id == value
        return kind == "fp" and _fingerprint(cell, self.comment) == value


def _fingerprint(cell: Cell, comment: str) -> str:
    """The fingerprint of a cell's lines as they are in the file, without blank ones."""
    lines = [line.rstrip() for line in cell.source.split("\n")]
    if cell.type != "code":
        lines = [f"{comment} {line}".rstrip() for line in lines]
    text = "\n".join(line for line in lines if line)
    return hashlib.sha256(f"{cell.type}\0{text}".encode()).hexdigest()[:12]
