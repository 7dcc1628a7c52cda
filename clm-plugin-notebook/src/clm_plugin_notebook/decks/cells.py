"""A cell of a deck."""

from __future__ import annotations

from collections.abc import Callable

from attrs import field, frozen

from clm import Place

# What Jupyter's slide shows make of a cell with the tag; a cell can be only one of them.
SLIDE_TYPES = {
    **{tag: tag for tag in ("slide", "subslide", "fragment", "skip", "notes")},
    "voiceover": "notes",
}
WORKSHOP = "workshop"
END_WORKSHOP = "end-workshop"

KNOWN_TAGS = frozenset(
    {
        *SLIDE_TYPES,
        *("alt", "answer", "completed", "del", "keep", "private", "start"),
        *(WORKSHOP, END_WORKSHOP),
        # They speak to other tools that decks are used with.
        *("allow-untranslated", "nodataurl"),
    }
)

RAISES_EXCEPTION = "raises-exception"
SKIP_EXECUTION = "skip-execution"

# Tags that mean something to Jupyter's own tools, and so stay in the outputs.
JUPYTER_TAGS = frozenset(
    {
        *(RAISES_EXCEPTION, SKIP_EXECUTION),
        *("hide-input", "hide-output", "hide-cell", "hide_input", "hide_output", "hide_cell"),
        *("remove-input", "remove-output", "remove-cell"),
        *("remove_input", "remove_output", "remove_cell", "parameters", "injected-parameters"),
    }
)


@frozen
class Cell:
    """A cell as the deck has it; `type` is `code`, `markdown` or `raw`.

    `language` is None in a cell for all languages. `number` counts the cells of the deck, in
    all languages, from 1. `line` is that of the cell's header in the expanded deck and
    `source_line` that of the first line of `source`, both from 1. `slide_type` is as in
    Jupyter's slide shows.
    `in_workshop` says whether students are to work on the cell by themselves.
    """

    type: str
    source: str
    tags: frozenset[str] = frozenset()
    language: str | None = None
    slide_type: str | None = None
    in_workshop: bool = False
    number: int = field(default=1, eq=False)
    line: int = field(default=1, eq=False)
    source_line: int = field(default=1, eq=False)

    @property
    def name(self) -> str:
        """The cell as messages name it."""
        return f"cell {self.number}"

    @property
    def first_line(self) -> str:
        """The first line of the source with something on it, as messages quote it."""
        return next((line.strip() for line in self.source.split("\n") if line.strip()), "")

    @property
    def jupyter_tags(self) -> tuple[str, ...]:
        return tuple(sorted(self.tags & JUPYTER_TAGS))


# Tells where a cell, or a line of its source (from 1), stands.
PlaceOf = Callable[[Cell, int | None], Place]
