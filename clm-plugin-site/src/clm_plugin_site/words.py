"""Words of the site in the languages of its readers; English where there are none."""

from __future__ import annotations

from collections.abc import Mapping

_WORDS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "search": "Suchen",
        "close": "Schließen",
        "nothing": "Nichts gefunden.",
        "lost": "Die Suche lässt sich nicht laden.",
        "mode": "Hell oder dunkel",
        "languages": "Sprache",
        "skip": "Zum Inhalt",
        "start": "Anfangen",
        "sections": "Abschnitte",
        "section": "Abschnitt",
        "decks": "Lektionen",
        "deck": "Lektion",
    },
    "en": {
        "search": "Search",
        "close": "Close",
        "nothing": "Nothing found.",
        "lost": "The search cannot be loaded.",
        "mode": "Light or dark",
        "languages": "Language",
        "skip": "Skip to content",
        "start": "Start",
        "sections": "sections",
        "section": "section",
        "decks": "lessons",
        "deck": "lesson",
    },
}
_FORMATS: Mapping[str, Mapping[str, str]] = {
    "de": {"html": "Seite", "slides": "Folien", "pdf": "PDF", "notebook": "Notebook"},
    "en": {"html": "Page", "slides": "Slides", "pdf": "PDF", "notebook": "Notebook"},
}
_KINDS: Mapping[str, Mapping[str, str]] = {
    "de": {"code-along": "zum Mitmachen", "speaker": "Vortrag", "trainer": "Trainer"},
    "en": {"code-along": "to type along", "speaker": "speaker", "trainer": "trainer"},
}
# Outputs of this kind need no word for it.
_PLAIN = "completed"


def words_for(language: str) -> Mapping[str, str]:
    """The words by name."""
    return _of(_WORDS, language)


def format_label(kind: str, format: str, language: str) -> str:
    """What a link to an output of this kind and format is called."""
    name = _of(_FORMATS, language).get(format, format.capitalize())
    if kind == _PLAIN:
        return name
    return f"{name} ({_of(_KINDS, language).get(kind, kind)})"


def _of(table: Mapping[str, Mapping[str, str]], language: str) -> Mapping[str, str]:
    return table.get(language) or table.get(language.partition("-")[0]) or table["en"]
