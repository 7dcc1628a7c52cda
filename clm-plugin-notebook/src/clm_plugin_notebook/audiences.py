"""Audiences: which cells an output shows, and with which content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve, field, frozen

from clm_plugin_notebook.decks.cells import END_WORKSHOP, WORKSHOP, Cell
from clm_plugin_notebook.decks.display import REMOVE_CELL, REMOVE_INPUT, belongs_to


@frozen
class Kind:
    """The rules for a kind of output, such as `completed`.

    Cells with a tag in `removed` are left out. With `blanking`, students fill in the output:
    code cells without a tag `keep` or `start` are empty, and answers are left out.
    `results_of` names the kind whose code is run for the results on HTML pages; None shows no
    results. `in_workshop` names the kind whose rules apply to cells in workshops, whose results
    are never shown.
    """

    removed: frozenset[str]
    blanking: bool = False
    results_of: str | None = None
    in_workshop: str | None = None


_FOR_STUDENTS = frozenset({"del", "notes", "voiceover"})

KINDS: Mapping[str, Kind] = {
    "code-along": Kind(_FOR_STUDENTS | {"alt", "completed"}, blanking=True),
    "completed": Kind(_FOR_STUDENTS | {"start"}, results_of="completed"),
    "speaker": Kind(frozenset({"del", "start"}), results_of="speaker"),
    "trainer": Kind(frozenset({"del", "start", "voiceover"}), results_of="trainer"),
    "recording": Kind(frozenset({"del", "start"}), results_of="recording"),
    # Workshop code is run although it is not shown, since later cells may depend on it.
    "partial": Kind(_FOR_STUDENTS | {"start"}, results_of="completed", in_workshop="code-along"),
}

_PAGES = frozenset({"html", "slides", "pdf"})
_KEPT = frozenset({"keep", "start"})
_ANSWERS = {
    "de": "Antwort",
    "en": "Answer",
    "es": "Respuesta",
    "fr": "Réponse",
    "it": "Risposta",
    "nl": "Antwoord",
    "pl": "Odpowiedź",
    "pt": "Resposta",
}
_BOXES = {"notes": "yellow", "voiceover": "#FFEEBA"}


@frozen
class Audience:
    """The audience of an output.

    With `public`, private cells are left out. `answers` maps languages to the label of an answer
    and overrides the defaults. `format` is the format of the output.
    """

    language: str
    kind: str
    public: bool
    answers: Mapping[str, str] = field(factory=dict)
    format: str = "html"

    @property
    def answer(self) -> str:
        """The label before an answer, in Markdown."""
        default = _ANSWERS.get(self.language.partition("-")[0], _ANSWERS["en"])
        return f"*{self.answers.get(self.language, default)}:* "


def shown_cells(cells: Iterable[Cell], audience: Audience) -> tuple[Cell, ...]:
    """Return the cells as this audience sees them.

    All outputs, in every format, consist of the cells that this function returns.
    """
    given = (cell for cell in cells if not _is_removed(cell, audience))
    return tuple(shown for cell in given if (shown := _shown(cell, audience)) is not None)


def run_cells(cells: Iterable[Cell], audience: Audience) -> tuple[Cell, ...]:
    """Return the code cells that are run for the results that this audience sees.

    Beside the code that it sees these are cells that only pages leave out, such as `remove-cell`.
    """
    code = (cell for cell in cells if cell.type == "code")
    return tuple(run for cell in code if (run := _shown(cell, audience)) is not None)


def with_workshops(cells: Iterable[Cell], language: str) -> tuple[Cell, ...]:
    """Return the cells of a deck with `in_workshop` set for the workshops in this language.

    A workshop starts at a Markdown cell with the tag `workshop` and ends before the next cell
    with the tag `end-workshop`, at the next workshop or at the end of the deck.
    """
    marked = []
    inside = False
    for cell in cells:
        if cell.language in (None, language):
            if cell.type == "markdown" and WORKSHOP in cell.tags:
                inside = True
            elif END_WORKSHOP in cell.tags:
                inside = False
        marked.append(evolve(cell, in_workshop=inside))
    return tuple(marked)


def _is_removed(cell: Cell, audience: Audience) -> bool:
    """Whether the tags and formats of Jupyter's tools leave the cell out of the output."""
    on_page = audience.format in _PAGES
    # Authors of books put there what readers must not see, so students do not get it elsewhere.
    if REMOVE_CELL & cell.tags and (on_page or audience.public):
        return True
    if cell.type == "raw" and not belongs_to(cell.display.raw_format, audience.format):
        return True
    return on_page and cell.type != "code" and bool(REMOVE_INPUT & cell.tags)


def _shown(cell: Cell, audience: Audience) -> Cell | None:
    kind = KINDS[audience.kind]
    rules = KINDS[kind.in_workshop] if kind.in_workshop and cell.in_workshop else kind
    if cell.language not in (None, audience.language) or rules.removed & cell.tags:
        return None
    if audience.public and "private" in cell.tags:
        return None
    if cell.type == "code":
        blank = rules.blanking and not _KEPT & cell.tags
        return evolve(cell, source="") if blank else cell
    if cell.type == "markdown":
        source = _markdown(cell, audience.answer, rules)
        # Lines within a box have the places that they have in the deck.
        before = source.count("\n", 0, max(source.find(cell.source), 0))
        return evolve(cell, source=source, source_line=cell.source_line - before)
    return cell


def _markdown(cell: Cell, answer: str, rules: Kind) -> str:
    if "answer" in cell.tags:
        if rules.blanking:
            return answer
        return cell.source if cell.source.startswith(answer) else answer + cell.source
    for tag, color in _BOXES.items():
        if tag in cell.tags:
            return _boxed(cell.source, color)
    return cell.source


def _boxed(text: str, color: str) -> str:
    # The blank lines keep the content of the box Markdown.
    start, end = f'<div style="background: {color}; color: black">\n\n', "\n\n</div>"
    return text if text.startswith(start) and text.endswith(end) else start + text + end
