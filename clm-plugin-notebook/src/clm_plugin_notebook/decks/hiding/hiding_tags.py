"""Tags that keep cells from students, and tags that may be meant as one of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from clm_plugin_notebook.decks.display import REMOVE_CELL
from clm_plugin_notebook.decks.grading import GRADED
from clm_plugin_notebook.decks.hiding.edits import is_one_edit

# Without one of these a cell would be shown to somebody whom its author meant it to be kept from.
HIDING_TAGS = frozenset(
    {
        *("alt", "answer", "completed", "del", "notes", "private", "start", "voiceover"),
        *("workshop", GRADED, *REMOVE_CELL),
    }
)

# What other tools, and authors, call such cells.
_SYNONYMS = {
    **dict.fromkeys(("speaker", "presenter", "notiz", "notizen", "comment", "comments"), "notes"),
    **dict.fromkeys(("hide", "hidden", "secret", "internal", "confidential"), "private"),
    **dict.fromkeys(("instructor", "teacher", "trainer", "intern", "geheim"), "private"),
    **dict.fromkeys(("lecturer", "tutor", "dozent", "dozenten", "lehrer"), "private"),
    **dict.fromkeys(("solution", "solutions", "lösung", "lösungen", "loesung"), "alt"),
    **dict.fromkeys(("musterlösung", "musterlösungen", "musterloesung"), "alt"),
    **dict.fromkeys(("delete", "deleted", "remove", "removed"), "del"),
    **dict.fromkeys(("antwort", "antworten", "answers"), "answer"),
}
# Parts of a cell: `hide-inputs` and `hide_code` are about its display.
_PARTS = frozenset(
    {"code", "input", "inputs", "output", "outputs", "prompt", "prompts", "source", "stderr"}
)
_SIMILAR = 0.8  # of SequenceMatcher; `privat`, `note` and `voicover` are, `novice` is not
_SHORT = 4  # of words up to this length a ratio says little
# Tags that are like short ones and are not meant as these.
_ORDINARY = frozenset({"act", "all", "ant", "art", "deal", "dev", "halt", "salt"})


def meant_as(tag: str) -> str | None:
    """The hiding tag that an unknown tag may be meant as; None where it is like none of them.

    Upper case, blanks, commas, hyphens and underscores do not count, and one such word among
    others (`speaker-notes`, `slide, notes`) is enough.
    """
    words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", tag).casefold())
    if words[:1] == ["hide"] and words[1:] and _PARTS.issuperset(words[1:]):
        return None
    for word in dict.fromkeys(("".join(words), *words)):
        for hiding in sorted(HIDING_TAGS):
            letters = re.sub(r"\W|_", "", hiding)
            if _has_same_letters(word, letters) or _is_like(word, letters):
                return hiding
        for synonym, hiding in _SYNONYMS.items():
            if word in (f"{synonym}note", f"{synonym}notes"):
                return "notes"
            if _has_same_letters(word, synonym):
                return hiding
    return None


def is_meant_as(tag: str, hiding: str) -> bool:
    """Whether an unknown tag may be meant as this tag, which keeps cells from students."""
    word, other = (re.sub(r"[\W_]", "", text.casefold()) for text in (tag, hiding))
    return _has_same_letters(word, other) or _is_like(word, other)


def hides(tags: Iterable[str]) -> bool:
    """Whether a cell with these tags is hidden from somebody, or is meant to be."""
    return any(tag in HIDING_TAGS or meant_as(tag) for tag in tags)


def _has_same_letters(word: str, other: str) -> bool:
    return sorted(word) == sorted(other)


def _is_like(word: str, hiding: str) -> bool:
    if len(hiding) <= _SHORT:
        return is_one_edit(word, hiding) and word not in _ORDINARY
    from difflib import SequenceMatcher  # only needed for unknown tags

    return SequenceMatcher(None, word, hiding).ratio() >= _SIMILAR
