"""What becomes of a cell in the output for one audience."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import evolve, field, frozen

from clm_plugin_notebook.decks.cells import END_WORKSHOP, WORKSHOP, Cell


@frozen
class Kind:
    """The rules of a kind of output.

    Cells with a tag of `removed` are left out. A kind that is `blanking` is filled in by the
    student: code cells are empty unless a tag of `kept` says otherwise, answers are missing.
    HTML of the kind shows the results that the code cells of the kind `results_of` have, where
    there is one. In workshops the rules of the kind `in_workshop` hold, and no results are shown.
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
    # The code of a workshop is run, though not shown: what comes after it may need it.
    "partial": Kind(_FOR_STUDENTS | {"start"}, results_of="completed", in_workshop="code-along"),
}

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
    """Whom an output is for; `answers` has the word for an answer by language."""

    language: str
    kind: str
    public: bool
    answers: Mapping[str, str] = field(factory=dict)

    @property
    def answer(self) -> str:
        """What stands before an answer."""
        usual = _ANSWERS.get(self.language.partition("-")[0], _ANSWERS["en"])
        return f"*{self.answers.get(self.language, usual)}:* "


def shown_cells(cells: Iterable[Cell], audience: Audience) -> tuple[Cell, ...]:
    """The cells as this audience sees them.

    Every output of every format is made of what this function returns.
    """
    return tuple(shown for cell in cells if (shown := _shown(cell, audience)) is not None)


def with_workshops(cells: Iterable[Cell], language: str) -> tuple[Cell, ...]:
    """The cells of a deck, told which of them are parts of workshops in this language.

    A workshop goes from a Markdown cell with the tag `workshop` to the cell before one with
    `end-workshop`, to the next workshop or to the end.
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
        return evolve(cell, source=_markdown(cell, audience.answer, rules))
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
    # With blank lines, so that what is in the box is still Markdown.
    start, end = f'<div style="background: {color}; color: black">\n\n', "\n\n</div>"
    return text if text.startswith(start) and text.endswith(end) else start + text + end
