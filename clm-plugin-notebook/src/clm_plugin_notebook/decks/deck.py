"""Decks as sequences of cells, with the diagnostics of reading them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from attrs import evolve, field, frozen

from clm import ConversionError, Diagnostic, Severity, nearest
from clm_plugin_notebook.additions import Additions
from clm_plugin_notebook.decks.cells import (
    JUPYTER_TAGS,
    KNOWN_TAGS,
    SLIDE_TYPES,
    WORKSHOP,
    Cell,
    PlaceOf,
)
from clm_plugin_notebook.decks.headers import Header, HeaderError
from clm_plugin_notebook.decks.hiding.attribute_names import misnamed
from clm_plugin_notebook.decks.hiding.edits import is_one_edit
from clm_plugin_notebook.decks.hiding.hiding_tags import HIDING_TAGS, hides, is_meant_as, meant_as
from clm_plugin_notebook.decks.hiding.mistyped_metadata import (
    mark_names_hiding_tags,
    may_have_metadata,
    names_hiding_tags,
    with_items,
)
from clm_plugin_notebook.decks.hiding.note_blocks import note_blocks
from clm_plugin_notebook.decks.hiding.regions import region_faults

# Decks in German and English are also built for only one of the two.
_DEFAULT_LANGUAGES = frozenset({"de", "en"})
_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
_HEADER_HINT = 'a header looks like `%% [markdown] lang="en" tags=["slide"]`'

_NOTES_HINT = 'put its text into a cell of its own with `tags=["notes"]`'
_FOR_SPEAKERS = frozenset({"del", "notes", "private", "voiceover"})
_REGION_HINT = "put each region between lines such as `### BEGIN SOLUTION` and `### END SOLUTION`"


@frozen
class Deck:
    """The cells of a deck in order, and the warnings from reading them.

    `unknown_tags` are those of the warnings that are about a tag, by its name.
    """

    cells: tuple[Cell, ...]
    warnings: tuple[Diagnostic, ...]
    place_of: PlaceOf = field(eq=False)
    unknown_tags: Mapping[str, Diagnostic] = field(factory=dict, eq=False)

    def with_added_tags(self, additions: Additions) -> Deck:
        """Return the deck without warnings about tags of other plugins.

        Raises:
            InvalidDeckError: a tag may be meant as one of these that keeps cells from students.
        """
        unknown = {t: w for t, w in self.unknown_tags.items() if t not in additions.known_tags}
        known = [w for tag, w in self.unknown_tags.items() if tag not in unknown]
        deck = evolve(self, warnings=tuple(w for w in self.warnings if w not in known))
        errors = [
            evolve(
                warning,
                severity=Severity.ERROR,
                message=f"unknown tag {tag!r} hides nothing but may be meant as {hiding!r}",
                hint=f"write {hiding!r}, or choose another name for a tag of your own",
            )
            for tag, warning in unknown.items()
            for hiding in sorted(additions.hiding_tags)
            if is_meant_as(tag, hiding)
        ]
        if errors:
            raise InvalidDeckError(deck, errors)
        return deck


class InvalidDeckError(ConversionError):
    """Cell headers are invalid; `deck` is the deck as far as it can be read."""

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
        self.errors = tuple(errors)

    def with_added_tags(self, additions: Additions) -> InvalidDeckError:
        """Return the error without warnings about tags of other plugins, or with their errors."""
        try:
            return InvalidDeckError(self.deck.with_added_tags(additions), self.errors)
        except InvalidDeckError as error:
            return InvalidDeckError(error.deck, (*self.errors, *error.errors))


class DeckBuilder:
    """Builds a deck from cells, and collects errors and warnings.

    `excerpt` returns the line that a message about a cell quotes. `languages` are the languages
    of the course; if empty, every language is accepted.
    """

    def __init__(
        self, place_of: PlaceOf, excerpt: Callable[[Cell], str], languages: Iterable[str] = ()
    ) -> None:
        self._place_of = place_of
        self._excerpt = excerpt
        self._languages = frozenset(languages)
        self._cells: list[Cell] = []
        self._invalid: set[int] = set()
        self._unknown_tags: dict[str, list[Cell]] = {}
        self._other_languages: dict[str, list[Cell]] = {}
        self._grade_ids: dict[str, list[str | None]] = {}
        self._errors: list[Diagnostic] = []
        self._warnings: list[Diagnostic] = []

    def add(
        self, found: Header | HeaderError, source: str, *, line: int = 1, source_line: int = 1
    ) -> Cell:
        """Add and return the next cell; errors in its header are raised by `deck`."""
        header = found if isinstance(found, Header) else Header(found.cell_type)
        cell = Cell(
            type=header.type,
            source=source,
            tags=_tags(header),
            language=header.language,
            slide_type=header.slide_type or _slide_type(header.tags),
            slide_id=header.slide_id,
            for_slide=header.for_slide,
            anchor=header.anchor,
            display=header.display,
            grading=header.grading,
            split=header.split,
            number=len(self._cells) + 1,
            line=line,
            source_line=source_line,
        )
        self._cells.append(cell)
        errors = len(self._errors)
        if isinstance(found, HeaderError):
            self._error(f"invalid cell header: {found}", cell)
        self._check(header, cell)
        if len(self._errors) > errors:
            self._invalid.add(cell.number)
        return cell

    def report_lookalike(self, text: str, cell: Cell, line: int, within: str = "") -> None:
        """Report a line of a cell's source (from 1) that looks like a header but is none.

        It may be `within` something that begins before it.
        """
        reason = f": it is within {within}" if within else ""
        end = f"end {within} before it; " if within else ""
        self._errors.append(
            Diagnostic(
                f"the line looks like a cell header but does not start a cell{reason}",
                place=self._place_of(cell, line),
                hint=f"{end}{_HEADER_HINT}; if it is not a header, change the text",
                excerpt=text.strip(),
            )
        )

    def check_mark(
        self, lines: Sequence[str], cell: Cell, *, divided: bool = False, unread: bool = False
    ) -> None:
        """Report an error if lines above a cell's source name tags that hide it, and it has none.

        With `divided`, only the first line is above the source, and the tags may begin there and
        end in the next. With `unread`, the reader of the format found neither tags nor a slide
        type in the lines.
        """
        if hides(cell.tags) or cell.language or cell.assignment or cell.number in self._invalid:
            return
        for index, line in enumerate(lines[:1] if divided else lines):
            text = with_items(lines, index)
            if (
                names_hiding_tags(text)
                or (divided and mark_names_hiding_tags(lines, index))
                or (unread and may_have_metadata(line))
            ):
                message = "the line has tags that would hide the cell, but they cannot be read"
                place = self._place_of(cell, index + 1 - (1 if divided else len(lines)))
                self._errors.append(
                    Diagnostic(message, place=place, hint=_HEADER_HINT, excerpt=line.strip())
                )

    def deck(self) -> Deck:
        """Return the deck with all cells.

        Raises:
            InvalidDeckError: cell headers are invalid; it has the errors of all of them.
        """
        unknown = {}
        for tag, cells in self._unknown_tags.items():
            self._warning(_unknown_tag(tag, len(cells)), cells[0])
            unknown[tag] = self._warnings[-1]
        for language, cells in self._other_languages.items():
            self._warning(self._other_language(language, len(cells)), cells[0])
        deck = Deck(tuple(self._cells), tuple(self._warnings), self._place_of, unknown)
        if self._errors:
            raise InvalidDeckError(deck, self._errors)
        return deck

    def _check(self, header: Header, cell: Cell) -> None:
        for remark in header.remarks:
            self._warning(f"malformed but unambiguous cell header: {remark}", cell)
        slide_tags = [tag for tag in header.tags if tag in SLIDE_TYPES]
        if len(slide_tags) > 1:
            names = ", ".join(slide_tags)
            self._error(f"the cell header has several slide tags: {names}", cell)
        for tag in header.tags:
            if tag not in KNOWN_TAGS | JUPYTER_TAGS:
                self._check_unknown_tag(tag, cell)
        for first, second in pairwise(tag for tag in header.tags if tag not in KNOWN_TAGS):
            if hiding := next(
                (tag for tag in sorted(HIDING_TAGS) if is_one_edit(first + second, tag)), None
            ):
                message = f"the tags {first!r} and {second!r} may be meant as {hiding!r}"
                self._error(message, cell, f"write {hiding!r}, or choose other names for the tags")
        if WORKSHOP in header.tags and cell.type != "markdown":
            message = f"the tag {WORKSHOP!r} starts no workshop on a {cell.type} cell"
            self._error(message, cell, "put it on a Markdown cell, such as the heading")
        for reason in misnamed(header.others, self._languages | _DEFAULT_LANGUAGES):
            self._error(f"unclear who may see the cell: {reason}", cell, _HEADER_HINT)
        if header.language is not None:
            self._check_language(header.language, cell)
        if cell.grading.grade_id:
            self._check_grade_id(cell)
        for line, reason in region_faults(cell.source):
            place = self._place_of(cell, line)
            self._errors.append(Diagnostic(reason, place=place, hint=_REGION_HINT))
        if cell.type == "markdown" and not _FOR_SPEAKERS & cell.tags:
            for line in note_blocks(cell.source):
                place, message = self._place_of(cell, line), "the block hides nothing from students"
                self._errors.append(Diagnostic(message, place=place, hint=_NOTES_HINT))

    def _check_unknown_tag(self, tag: str, cell: Cell) -> None:
        hiding = meant_as(tag)
        if hiding is None:
            self._unknown_tags.setdefault(tag, []).append(cell)
            return
        message = f"unknown tag {tag!r} hides nothing but may be meant as {hiding!r}"
        hint = f"write {hiding!r}, or choose another name for a tag of your own"
        self._error(message, cell, hint)

    def _check_grade_id(self, cell: Cell) -> None:
        grade_id = cell.grading.grade_id
        known = self._grade_ids.setdefault(grade_id, [])
        if known and (cell.language is None or None in known or cell.language in known):
            self._error(f"another cell has the grade_id {grade_id!r}", cell, "choose another one")
        known.append(cell.language)

    def _check_language(self, language: str, cell: Cell) -> None:
        is_code = _LANGUAGE_CODE.fullmatch(language)
        of_course = not self._languages or language in self._languages | _DEFAULT_LANGUAGES
        hiding = sorted(HIDING_TAGS & cell.tags)
        if hiding and not (is_code and of_course):
            # The author wants to hide the cell from somebody; from whom is unclear.
            message = f"lang {language!r} of a cell tagged {hiding[0]!r} is not a language"
            known = ", ".join(sorted(self._languages))
            hint = f"languages of the course: {known}" if known else "use a code such as 'en'"
            self._error(message, cell, hint)
        elif not is_code:
            message = f"lang {language!r} is not a language code; no output contains the cell"
            self._warning(message, cell)
        elif not of_course:
            self._other_languages.setdefault(language, []).append(cell)

    def _other_language(self, language: str, count: int) -> str:
        known = ", ".join(sorted(self._languages))
        return (
            f"lang {language!r}{_occurrences(count)} is not a language of the course ({known}); "
            "no output contains such cells"
        )

    def _error(self, message: str, cell: Cell, hint: str | None = None) -> None:
        self._errors.append(self._diagnostic(Severity.ERROR, message, cell, hint))

    def _warning(self, message: str, cell: Cell) -> None:
        self._warnings.append(self._diagnostic(Severity.WARNING, message, cell))

    def _diagnostic(
        self, severity: Severity, message: str, cell: Cell, hint: str | None = None
    ) -> Diagnostic:
        hint = hint or (_HEADER_HINT if "header" in message else None)
        place = self._place_of(cell, None)
        return Diagnostic(message, severity, place, hint=hint, excerpt=self._excerpt(cell))


def _tags(header: Header) -> frozenset[str]:
    # The id of a slide alone may mark the start of a workshop.
    begins = header.slide_id.startswith("workshop-") and {"slide", "subslide"} & set(header.tags)
    # RISE and nbconvert mark speaker notes by the slide type.
    notes = header.slide_type == "notes"
    return frozenset((*header.tags, *[WORKSHOP] * bool(begins), *["notes"] * notes))


def _slide_type(tags: Sequence[str]) -> str | None:
    return next((SLIDE_TYPES[tag] for tag in tags if tag in SLIDE_TYPES), None)


def _unknown_tag(tag: str, count: int) -> str:
    near = nearest(tag, KNOWN_TAGS | JUPYTER_TAGS, "")
    return f"unknown tag {tag!r}{_occurrences(count)}" + (f"; {near}" if near else "")


def _occurrences(count: int) -> str:
    return f" on {count} cells, first on this one" if count > 1 else ""
