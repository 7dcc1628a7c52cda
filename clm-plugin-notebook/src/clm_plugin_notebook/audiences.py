"""Audiences: which cells an output shows, and with which content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve, field, frozen

from clm_plugin_notebook.additions import Additions, CellTag
from clm_plugin_notebook.decks.cells import END_WORKSHOP, WORKSHOP, Cell
from clm_plugin_notebook.decks.display import REMOVE_CELL, REMOVE_INPUT, belongs_to
from clm_plugin_notebook.decks.grading import numbered
from clm_plugin_notebook.decks.hiding.regions import (
    FOR_GRADING,
    SOLUTION,
    TEXT_STUB,
    has_region,
    without_region,
)


@frozen(repr=False)
class Kind:
    """The rules for a kind of output, such as `completed`.

    Cells with a tag in `removed` are left out. With `blanking`, students fill in the output:
    code cells without a tag `keep` or `start` are empty, and answers are left out.
    `results_of` names the kind whose code is run for the results on HTML pages; None shows no
    results. `in_workshop` names the kind whose rules apply to cells in workshops, whose results
    are never shown. With `as_public`, an output for teachers has only what students may see.
    """

    removed: frozenset[str]
    blanking: bool = False
    results_of: str | None = None
    in_workshop: str | None = None
    as_public: bool = False


_FOR_STUDENTS = frozenset({"del", "notes", "voiceover"})
_CODE_ALONG = Kind(_FOR_STUDENTS | {"alt", "completed"}, blanking=True)

KINDS: Mapping[str, Kind] = {
    "code-along": _CODE_ALONG,
    "completed": Kind(_FOR_STUDENTS | {"start"}, results_of="completed"),
    "speaker": Kind(frozenset({"del", "start"}), results_of="speaker"),
    "trainer": Kind(frozenset({"del", "start", "voiceover"}), results_of="trainer"),
    "recording": Kind(frozenset({"del", "start"}), results_of="recording"),
    # What the trainer fills in while recording, so participants see it.
    "recording-code-along": evolve(_CODE_ALONG, as_public=True),
    # Workshop code is run although it is not shown, since later cells may depend on it.
    "partial": Kind(_FOR_STUDENTS | {"start"}, results_of="completed", in_workshop="code-along"),
}

NO_ADDITIONS = Additions()

_PAGES = frozenset({"html", "slides", "pdf"})
# Whatever the kind.
_NEVER_PUBLIC = _FOR_STUDENTS | {"private"}
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


@frozen(repr=False)
class Audience:
    """The audience of an output.

    With `public`, private cells are left out. `answers` maps languages to the label of an answer
    and overrides the defaults. `format` is the format of the output. `code_stub` replaces
    solutions that students write. `additions` are those of other plugins.
    """

    language: str
    kind: str
    public: bool
    answers: Mapping[str, str] = field(factory=dict)
    format: str = "html"
    code_stub: str = "# YOUR CODE HERE"
    additions: Additions = NO_ADDITIONS

    @property
    def shows_public(self) -> bool:
        """Whether the output has only what students may see."""
        return self.public or self.rules_of(self.kind).as_public

    def rules_of(self, kind: str) -> Kind:
        """The rules for a kind of output, which may be one of another plugin."""
        return KINDS[kind] if kind in KINDS else kind_rules(kind, self.additions)

    @property
    def answer(self) -> str:
        """The label before an answer, in Markdown."""
        default = _ANSWERS.get(self.language.partition("-")[0], _ANSWERS["en"])
        return f"*{self.answers.get(self.language, default)}:* "


def has_answers(kind: str, additions: Additions) -> bool:
    """Whether outputs of a kind have answers, and not room for them."""
    rules = KINDS[kind] if kind in KINDS else kind_rules(kind, additions)
    return not (rules.blanking or rules.in_workshop)


def kind_rules(name: str, additions: Additions) -> Kind:
    """The rules for a kind of another plugin; it never has what students must not see.

    Raises:
        KeyError: no addition is such a kind.
    """
    kind = {kind.name: kind for kind in additions.kinds}[name]
    always = _CODE_ALONG.removed if kind.blanking else _FOR_STUDENTS
    return Kind(
        removed=always | set(kind.removed),
        blanking=kind.blanking,
        results_of=name if kind.results else None,
        as_public=True,
    )


def may_see(cell: Cell, audience: Audience) -> bool:
    """Whether anything of the cell may be in an output for this audience.

    This is the only place that decides about it. What of the cell is shown is in `shown_cells`.
    """
    return _is_for(cell, audience) and not _is_removed(cell, audience)


def shown_cells(cells: Iterable[Cell], audience: Audience) -> tuple[Cell, ...]:
    """Return the cells as this audience sees them.

    All outputs, in every format, consist of the cells that this function returns.
    """
    return tuple(_for(cell, audience) for cell in cells if may_see(cell, audience))


def run_cells(cells: Iterable[Cell], audience: Audience) -> tuple[Cell, ...]:
    """Return the code cells that are run for the results that this audience sees.

    Beside the code that it sees these are cells that only pages leave out, such as `remove-cell`.
    """
    code = (cell for cell in cells if cell.type == "code")
    return tuple(_for(cell, audience) for cell in code if _is_for(cell, audience))


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
        marked.append(evolve(cell, in_workshop=True) if inside else cell)
    return tuple(marked)


def with_grade_ids(cells: Iterable[Cell], language: str) -> tuple[Cell, ...]:
    """Return the cells of a deck, each one of an assignment with an id for nbgrader.

    The id is the same in all kinds of outputs in this language.
    """
    cells = tuple(cells)
    roles = {
        cell.number: cell.grading
        for cell in cells
        if cell.grading.role and cell.language in (None, language)
    }
    if not roles:
        return cells
    named = numbered(roles)
    return tuple(evolve(c, grading=named.get(c.number, c.grading)) for c in cells)


def _is_for(cell: Cell, audience: Audience) -> bool:
    """Whether the cell's language and CLM's tags let the audience have it."""
    hidden = _rules(cell, audience).removed | (
        _NEVER_PUBLIC if audience.shows_public else frozenset()
    )
    if any(_hides_from(tag, audience) for tag in audience.additions.tags if tag.name in cell.tags):
        return False
    return cell.language in (None, audience.language) and not hidden & cell.tags


def _hides_from(tag: CellTag, audience: Audience) -> bool:
    """Whether a tag of another plugin keeps cells from the audience."""
    other_kind = bool(tag.kinds) and audience.kind not in tag.kinds
    return other_kind or (tag.private and audience.shows_public)


def _is_removed(cell: Cell, audience: Audience) -> bool:
    """Whether the tags and formats of Jupyter's tools leave the cell out of the output."""
    on_page = audience.format in _PAGES
    # Authors of books put there what readers must not see, so students do not get it elsewhere.
    if REMOVE_CELL & cell.tags and (on_page or audience.shows_public):
        return True
    if cell.type == "raw" and not belongs_to(cell.display.raw_format, audience.format):
        return True
    return on_page and cell.type != "code" and bool(REMOVE_INPUT & cell.tags)


def _rules(cell: Cell, audience: Audience) -> Kind:
    kind = audience.rules_of(audience.kind)
    return KINDS[kind.in_workshop] if kind.in_workshop and cell.in_workshop else kind


def _for(cell: Cell, audience: Audience) -> Cell:
    return _with_source(cell, _source(cell, audience))


def _with_source(cell: Cell, source: str) -> Cell:
    if source == cell.source:
        return cell  # as are most, and there are tens of thousands
    # Lines within a box have the places that they have in the deck.
    before = source.count("\n", 0, max(source.find(cell.source), 0))
    return evolve(cell, source=source, source_line=cell.source_line - before)


def _source(cell: Cell, audience: Audience) -> str:
    """Return what of the cell the audience sees, if it sees the cell."""
    source, rules = cell.source, _rules(cell, audience)
    if audience.shows_public:
        for name in FOR_GRADING:
            source = without_region(source, name)
    if rules.blanking:
        return _blank(cell, source, audience)
    return _decorated(cell, source, audience.answer)


def _blank(cell: Cell, source: str, audience: Audience) -> str:
    """Return the source of the cell without all that students fill in."""
    stub = audience.code_stub if cell.type == "code" else TEXT_STUB
    if "answer" in cell.tags:
        return audience.answer if cell.type == "markdown" else ""
    if has_region(source, SOLUTION):
        return without_region(source, SOLUTION, stub)
    if cell.assignment == "solution":
        return stub
    kept = cell.type != "code" or cell.assignment == "given" or _KEPT & cell.tags
    return _decorated(cell, source, audience.answer) if kept else ""


def _decorated(cell: Cell, source: str, answer: str) -> str:
    if cell.type != "markdown":
        return source
    if "answer" in cell.tags:
        return source if source.startswith(answer) else answer + source
    for tag, color in _BOXES.items():
        if tag in cell.tags:
            return _boxed(source, color)
    return source


def _boxed(text: str, color: str) -> str:
    # The blank lines keep the content of the box Markdown.
    start, end = f'<div style="background: {color}; color: black">\n\n', "\n\n</div>"
    return text if text.startswith(start) and text.endswith(end) else start + text + end
