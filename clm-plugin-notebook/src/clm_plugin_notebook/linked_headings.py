"""Headings of decks to which a deck links, in each language."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from attrs import evolve, frozen

from clm import ClmError
from clm_plugin_notebook.audiences import with_workshops
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.templates import NO_CODE, TemplateCode
from clm_plugin_notebook.decks.text.markdown_text import headings
from clm_plugin_notebook.payload import (
    LINKS_FOLDER,
    TEMPLATES_FOLDER,
    LinkedDeck,
    NotebookOutput,
    NotebookPayload,
)
from clm_plugin_notebook.reading import DeckReader

_IDS = re.compile(r"""\sid\s*=\s*["']([^"'\n]+)["']|^\(([^()\s]+)\)=[ \t]*$""", re.M)
_NO_LETTERS = re.compile(r"[^\w]+")


@frozen
class _Place:
    """A heading of a page; `anchor` is empty for one without an id."""

    level: int
    text: str
    anchor: str


@frozen
class _Page:
    """The headings of a page in order, and all other ids in it."""

    places: tuple[_Place, ...]
    ids: frozenset[str]

    def index(self, name: str) -> int | None:
        """The position of the heading with this anchor or text; upper case does not count."""
        exact = (p for p in self.places if name in (unquote(p.anchor), p.text))
        found = next(exact, None) or next((p for p in self.places if _same(name, p.text)), None)
        return self.places.index(found) if found else None


@frozen
class LinkedHeading:
    """What a link to a heading leads to: the anchor, None if there is no such heading.

    `known` are the texts of the headings that there are.
    """

    anchor: str | None
    known: Sequence[str] = ()


class LinkedHeadings:
    """Finds the headings of linked decks, as the readers of an output see them.

    `folder` is that of the job; `shown` returns the cells that the readers of an output see, as
    they see them. `code` are the filters and tests of other plugins.
    """

    def __init__(
        self,
        payload: NotebookPayload,
        folder: Path,
        shown: Callable[[Iterable[Cell], NotebookOutput], Iterable[Cell]],
        code: TemplateCode = NO_CODE,
    ) -> None:
        self._payload = payload
        self._folder = folder
        self._shown = shown
        self._code = code
        self._readers: dict[str, DeckReader] = {}
        self._pages: dict[tuple[str, NotebookOutput], _Page | None] = {}

    def find(self, path: str, name: str, output: NotebookOutput) -> LinkedHeading:
        """Return the heading that a link with a path and a fragment leads to in an output.

        The fragment is the anchor or the text of a heading in any language of the deck: the
        headings of two languages correspond if all their levels are the same.
        """
        decks = self._payload.linked.get(path, {})
        own = self._page(decks, output)
        if own is None:
            return LinkedHeading(quote(name))  # not known, or an error of the other deck
        if name in own.ids:
            return LinkedHeading(quote(name))
        position = own.index(name)
        if position is None:
            position = self._elsewhere(decks, name, output, own)
        if position is None:
            return LinkedHeading(None, [place.text for place in own.places])
        return LinkedHeading(own.places[position].anchor)

    def _elsewhere(
        self, decks: Mapping[str, LinkedDeck], name: str, output: NotebookOutput, own: _Page
    ) -> int | None:
        levels = [place.level for place in own.places]
        for language in decks:
            other = self._page(decks, evolve(output, language=language))
            if other is None or [place.level for place in other.places] != levels:
                continue
            if (position := other.index(name)) is not None:
                return position
        return None

    def _page(self, decks: Mapping[str, LinkedDeck], output: NotebookOutput) -> _Page | None:
        deck = decks.get(output.language)
        if deck is None:
            return None
        key = deck.source, evolve(output, name="", title=deck.title)
        if key not in self._pages:
            self._pages[key] = self._read(deck, key[1])
        return self._pages[key]

    def _read(self, deck: LinkedDeck, output: NotebookOutput) -> _Page | None:
        try:
            cells = self._reader(deck).read(output).cells
        except ClmError:
            return None  # reported with that deck
        cells = with_workshops(cells, output.language)
        return _page_of(self._shown(cells, output))

    def _reader(self, deck: LinkedDeck) -> DeckReader:
        if deck.source not in self._readers:
            payload = evolve(
                self._payload, source=deck.file, prog_lang=deck.prog_lang, author=deck.author
            )
            folder = self._folder / LINKS_FOLDER / deck.source
            templates = self._folder / TEMPLATES_FOLDER
            self._readers[deck.source] = DeckReader(
                payload, folder, deck.source, templates, self._code
            )
        return self._readers[deck.source]


def _page_of(cells: Iterable[Cell]) -> _Page:
    places: list[_Place] = []
    ids: set[str] = set()
    seen: Counter[str] = Counter()
    for cell in cells:
        if cell.type != "markdown":
            continue
        ids.update(a or b for a, b in _IDS.findall(cell.source))
        for heading in headings(cell.source):
            anchor = heading.anchor or ""
            seen[anchor] += 1
            # As on pages, where an id is unique.
            unique = f"{anchor}-{seen[anchor]}" if anchor and seen[anchor] > 1 else anchor
            places.append(_Place(heading.level, heading.text, unique))
    return _Page(tuple(places), frozenset(ids))


def _same(name: str, text: str) -> bool:
    words = [_NO_LETTERS.sub("-", t.casefold()).strip("-") for t in (name, text)]
    return words[0] == words[1] != ""
