"""Cells of decks, and their tags."""

from __future__ import annotations

from collections.abc import Callable

from attrs import field, frozen

from clm import Place
from clm_plugin_notebook.decks.display import DISPLAY_TAGS, DisplayMetadata, View, view
from clm_plugin_notebook.decks.grading import GRADED, NO_GRADING, TESTS, Grading

# The slide type in Jupyter's slide shows by tag; a cell can have only one of these tags.
SLIDE_TYPES = {
    **{tag: tag for tag in ("slide", "subslide", "fragment", "skip", "notes")},
    "voiceover": "notes",
}
WORKSHOP = "workshop"
END_WORKSHOP = "end-workshop"
# Cells side by side on a slide.
COLUMN = "column"
END_COLUMNS = "end-columns"

KNOWN_TAGS = frozenset(
    {
        *SLIDE_TYPES,
        *("alt", "answer", "completed", "del", "keep", "private", "start"),
        *(WORKSHOP, END_WORKSHOP, COLUMN, END_COLUMNS, GRADED, TESTS),
        # Tags for other tools that work on decks.
        *("allow-untranslated", "nodataurl"),
    }
)

RAISES_EXCEPTION = "raises-exception"
SKIP_EXECUTION = "skip-execution"

# Tags that Jupyter's own tools understand, so they are kept in the outputs.
JUPYTER_TAGS = frozenset(
    {
        *(RAISES_EXCEPTION, SKIP_EXECUTION, "parameters", "injected-parameters"),
        *DISPLAY_TAGS,
    }
)


@frozen(repr=False)
class Cell:
    """A cell of a deck; `type` is `code`, `markdown` or `raw`.

    `language` is None for a cell in all languages. `number` counts the cells of the deck, in
    all languages, from 1. `line` is the line of the cell's header in the expanded deck and
    `source_line` that of the first line of `source`, both from 1. `slide_type` is as in
    Jupyter's slide shows. `in_workshop` is true for cells that students work on by themselves.
    `display` is the metadata of the cell by which Jupyter's tools display it.
    `grading` is what nbgrader does with the cell. Two neighbours of which each is `split` stand
    side by side on a slide.
    """

    type: str
    source: str
    tags: frozenset[str] = frozenset()
    language: str | None = None
    slide_type: str | None = None
    in_workshop: bool = False
    display: DisplayMetadata = field(factory=DisplayMetadata)
    slide_id: str = field(default="", eq=False)
    for_slide: str = field(default="", eq=False)
    anchor: str = field(default="", eq=False)
    grading: Grading = NO_GRADING
    split: bool = False
    number: int = field(default=1, eq=False)
    line: int = field(default=1, eq=False)
    source_line: int = field(default=1, eq=False)

    @property
    def assignment(self) -> str:
        """`solution` for a cell that students write, `given` for one they get; else empty."""
        return self.grading.role

    @property
    def name(self) -> str:
        """The name of the cell in messages."""
        return f"cell {self.number}"

    @property
    def first_line(self) -> str:
        """The first line of the source that is not blank, stripped; used as excerpt in messages."""
        return next((line.strip() for line in self.source.split("\n") if line.strip()), "")

    @property
    def jupyter_tags(self) -> tuple[str, ...]:
        return tuple(sorted(self.tags & JUPYTER_TAGS))

    @property
    def view(self) -> View:
        """How pages show the cell."""
        return view(self.tags, self.display)


# Returns the place of a cell, or of a line of its source (from 1).
PlaceOf = Callable[[Cell, int | None], Place]
