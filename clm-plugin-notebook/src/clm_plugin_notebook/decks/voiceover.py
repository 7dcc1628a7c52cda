"""Voiceover companions: files with the spoken text of a deck.

Their cells are merged into the deck behind their slides, as voiceovers that no student sees.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from attrs import define, evolve, field, frozen

from clm import Diagnostic, Place, Severity, nearest
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.deck import Deck
from clm_plugin_notebook.decks.slide_groups import TITLE, SlideGroups

# `private` also keeps them from outputs of a kind for speakers that students get.
_TAGS = frozenset({"voiceover", "private"})


@frozen
class Companion:
    """A companion as read; `language` is that of the file, empty for all."""

    deck: Deck
    language: str = ""


@frozen
class Merged:
    """A deck with the voiceovers in one language, and the warnings about them."""

    deck: Deck
    warnings: tuple[Diagnostic, ...]


def with_voiceovers(
    deck: Deck, companions: Iterable[Companion], language: str, comment: str, code_name: str
) -> Merged:
    """Return the deck with the cells of its companions, for outputs in this language.

    A cell whose slide does not exist is left out, with a warning. Code is shown and not run;
    `code_name` is the name of its language in Markdown. `comment` is the deck's comment token.
    """
    merge = _Merge(deck, language, SlideGroups(deck.cells, language, comment), code_name)
    for companion in companions:
        if companion.language in ("", language):
            merge.add(companion.deck)
    return merge.result()


@define(eq=False, repr=False)
class _Merge:
    deck: Deck
    language: str
    slides: SlideGroups
    code_name: str
    _inserted: dict[int, list[Cell]] = field(factory=lambda: defaultdict(list))
    _origins: dict[int, tuple[Deck, int]] = field(factory=dict)
    _warnings: list[Diagnostic] = field(factory=list)
    _count: int = 0

    def add(self, companion: Deck) -> None:
        self._warnings += companion.warnings
        # Numbers after those of the deck, so that the ids of its cells stay the same.
        offset = len(self.deck.cells) + self._count
        self._count += len(companion.cells)
        for cell in companion.cells:
            if cell.language not in (None, self.language) or not cell.source.strip():
                continue
            at = self.slides.place(cell)
            if at is None:
                self._report(cell, companion)
            else:
                merged = self._as_voiceover(cell, offset)
                self._origins[merged.number] = companion, offset
                self._inserted[at].append(merged)

    def result(self) -> Merged:
        cells: list[Cell] = []
        for index, cell in enumerate(self.deck.cells):
            cells += [cell, *self._inserted.get(index, ())]
        merged = Deck(tuple(cells), self.deck.warnings, self._place_of)
        return Merged(merged, tuple(self._warnings))

    def _as_voiceover(self, cell: Cell, offset: int) -> Cell:
        is_code = cell.type == "code"
        return evolve(
            cell,
            type="markdown",
            source=_fenced(cell.source, self.code_name) if is_code else cell.source,
            source_line=cell.source_line - is_code,
            tags=_TAGS | (cell.tags & {"del"}),
            slide_type="notes",
            slide_id="",
            number=cell.number + offset,
        )

    def _place_of(self, cell: Cell, line: int | None) -> Place:
        if cell.number not in self._origins:
            return self.deck.place_of(cell, line)
        companion, offset = self._origins[cell.number]
        return companion.place_of(evolve(cell, number=cell.number - offset), line)

    def _report(self, cell: Cell, companion: Deck) -> None:
        known = {c.slide_id for c in self.deck.cells if c.slide_id}
        if cell.for_slide in known and cell.language is None:
            return  # the slide is in another language
        message, hint = _fault(cell, sorted(known | {TITLE}), self.language)
        place = companion.place_of(cell, None)
        excerpt = cell.for_slide or cell.first_line
        self._warnings.append(Diagnostic(message, Severity.WARNING, place, hint, excerpt))


def _fault(cell: Cell, known: Sequence[str], language: str) -> tuple[str, str]:
    slide = cell.for_slide
    if not slide:
        hint = 'write for_slide="..." with the `slide_id` of the slide into its header'
        return "the voiceover names no slide, so it is in no output", hint
    if slide in known:
        message = f"the slide {slide!r} does not exist in {language!r}"
        return f"{message}, so its voiceover is in no output", "correct `for_slide` or `lang`"
    message = f"no cell of the deck has slide_id={slide!r}, so its voiceover is in no output"
    otherwise = f'write slide_id="{slide}" into the header of its slide; known: {", ".join(known)}'
    return message, nearest(slide, known, otherwise)


def _fenced(code: str, name: str) -> str:
    longest = max(map(len, re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{name}\n{code}\n{fence}"
