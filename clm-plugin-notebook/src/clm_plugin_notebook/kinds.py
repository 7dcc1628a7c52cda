"""What becomes of a cell in the output for one audience."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from clm_plugin_notebook.cells import Cell


@frozen
class Kind:
    """The rules of a kind of output.

    Cells with a tag of `removed` are left out. A kind that is `blanking` is filled in by the
    student: code cells are empty unless a tag of `kept` says otherwise, answers are missing.
    HTML of a kind that is `executed` shows the results of its code cells.
    """

    removed: frozenset[str]
    blanking: bool
    executed: bool


KINDS: Mapping[str, Kind] = {
    "code-along": Kind(
        frozenset({"alt", "completed", "del", "notes", "voiceover"}), blanking=True, executed=False
    ),
    "completed": Kind(
        frozenset({"del", "notes", "start", "voiceover"}), blanking=False, executed=True
    ),
    "speaker": Kind(frozenset({"del", "start"}), blanking=False, executed=True),
}

_KEPT_IN_CODE_ALONG = frozenset({"keep", "start"})
_ANSWERS = {"de": "*Antwort:* ", "en": "*Answer:* "}
_NOTES_START = '<div style="background: yellow; color: black">\n\n'
_NOTES_END = "\n\n</div>"


def shown_cell(cell: Cell, *, language: str, kind: str, public: bool) -> Cell | None:
    """The cell as this audience sees it, None if it does not.

    Every output of every format is made of what this function returns.
    """
    rules = KINDS[kind]
    if cell.language not in (None, language) or rules.removed & cell.tags:
        return None
    if public and "private" in cell.tags:
        return None
    if cell.type == "code":
        blank = rules.blanking and not _KEPT_IN_CODE_ALONG & cell.tags
        return evolve(cell, source="") if blank else cell
    if cell.type == "markdown":
        return evolve(cell, source=_markdown(cell, language, rules))
    return cell


def _markdown(cell: Cell, language: str, rules: Kind) -> str:
    if "answer" in cell.tags:
        prefix = _ANSWERS.get(language, _ANSWERS["en"])
        return prefix if rules.blanking else prefix + cell.source
    if cell.tags & {"notes", "voiceover"}:
        return _NOTES_START + cell.source + _NOTES_END
    return cell.source
