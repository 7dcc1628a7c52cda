"""A deck as cells, and what reading it had to say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from attrs import field, frozen

from clm import ConversionError, Diagnostic, Severity, nearest
from clm_plugin_notebook.decks.cells import (
    JUPYTER_TAGS,
    KNOWN_TAGS,
    SLIDE_TYPES,
    WORKSHOP,
    Cell,
    PlaceOf,
)
from clm_plugin_notebook.decks.headers import Header, HeaderError

# Decks for German and English are built for one of them, too.
_USUAL_LANGUAGES = frozenset({"de", "en"})
_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
_HEADER_HINT = 'a header looks like `%% [markdown] lang="en" tags=["slide"]`'


@frozen
class Deck:
    """The cells of a deck in their order, and the warnings that reading them gave."""

    cells: tuple[Cell, ...]
    warnings: tuple[Diagnostic, ...]
    place_of: PlaceOf = field(eq=False)


class UnclearDeckError(ConversionError):
    """Headers of cells cannot be read; `deck` is what the deck probably is."""

    def __init__(self, deck: Deck, errors: Sequence[Diagnostic]) -> None:
        first, *others = errors
        super().__init__(
            first.message,
            place=first.place,
            hint=first.hint,
            excerpt=first.excerpt,
            also=(*others, *deck.warnings),
        )
        self.deck = deck


class DeckBuilder:
    """Puts cells together to a deck, and collects what is wrong with them.

    `excerpt` gives the line that a message about a cell quotes. `languages` are those of the
    course; none means that any will do.
    """

    def __init__(
        self, place_of: PlaceOf, excerpt: Callable[[Cell], str], languages: Iterable[str] = ()
    ) -> None:
        self._place_of = place_of
        self._excerpt = excerpt
        self._languages = frozenset(languages)
        self._cells: list[Cell] = []
        self._unknown_tags: dict[str, list[Cell]] = {}
        self._other_languages: dict[str, list[Cell]] = {}
        self._errors: list[Diagnostic] = []
        self._warnings: list[Diagnostic] = []

    def add(
        self, found: Header | HeaderError, source: str, *, line: int = 1, source_line: int = 1
    ) -> None:
        """Adds the next cell; what is wrong with its header is reported by `deck`."""
        header = found if isinstance(found, Header) else Header(found.cell_type)
        cell = Cell(
            type=header.type,
            source=source,
            tags=_tags(header),
            language=header.language,
            slide_type=header.slide_type or _slide_type(header.tags),
            number=len(self._cells) + 1,
            line=line,
            source_line=source_line,
        )
        self._cells.append(cell)
        if isinstance(found, HeaderError):
            self._error(f"the cell's header is not clear: {found}", cell)
        self._check(header, cell)

    def deck(self) -> Deck:
        """The deck of all cells.

        Raises:
            UnclearDeckError: there are errors in headers of cells; it holds all of them.
        """
        for tag, cells in self._unknown_tags.items():
            self._warning(_unknown_tag(tag, len(cells)), cells[0])
        for language, cells in self._other_languages.items():
            self._warning(self._other_language(language, len(cells)), cells[0])
        deck = Deck(tuple(self._cells), tuple(self._warnings), self._place_of)
        if self._errors:
            raise UnclearDeckError(deck, self._errors)
        return deck

    def _check(self, header: Header, cell: Cell) -> None:
        for remark in header.remarks:
            self._warning(f"the cell's header is odd, but clear: {remark}", cell)
        slide_tags = [tag for tag in header.tags if tag in SLIDE_TYPES]
        if len(slide_tags) > 1:
            self._error(f"the cell's header has several slide tags: {', '.join(slide_tags)}", cell)
        for tag in header.tags:
            if tag not in KNOWN_TAGS | JUPYTER_TAGS:
                self._unknown_tags.setdefault(tag, []).append(cell)
        language = header.language
        if language is None:
            return
        if not _LANGUAGE_CODE.fullmatch(language):
            self._warning(f"lang {language!r} is not a language code: no output has the cell", cell)
        elif self._languages and language not in self._languages | _USUAL_LANGUAGES:
            self._other_languages.setdefault(language, []).append(cell)

    def _other_language(self, language: str, count: int) -> str:
        known = ", ".join(sorted(self._languages))
        return (
            f"lang {language!r}{_how_often(count)} is not a language of the course ({known}): "
            "no output has such cells"
        )

    def _error(self, message: str, cell: Cell) -> None:
        self._errors.append(self._diagnostic(Severity.ERROR, message, cell))

    def _warning(self, message: str, cell: Cell) -> None:
        self._warnings.append(self._diagnostic(Severity.WARNING, message, cell))

    def _diagnostic(self, severity: Severity, message: str, cell: Cell) -> Diagnostic:
        hint = _HEADER_HINT if "header" in message else None
        place = self._place_of(cell, None)
        return Diagnostic(message, severity, place, hint=hint, excerpt=self._excerpt(cell))


def _tags(header: Header) -> frozenset[str]:
    # A slide may say by its id alone that a workshop begins.
    begins = header.slide_id.startswith("workshop-") and {"slide", "subslide"} & set(header.tags)
    return frozenset((*header.tags, WORKSHOP) if begins else header.tags)


def _slide_type(tags: Sequence[str]) -> str | None:
    return next((SLIDE_TYPES[tag] for tag in tags if tag in SLIDE_TYPES), None)


def _unknown_tag(tag: str, count: int) -> str:
    near = nearest(tag, KNOWN_TAGS, "")
    return f"unknown tag {tag!r}{_how_often(count)}" + (f"; {near}" if near else "")


def _how_often(count: int) -> str:
    return f" on {count} cells, first on this one" if count > 1 else ""
