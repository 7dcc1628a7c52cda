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
        "resume": "Weiter",
        "read": "gelesen",
        "progress": "{0} von {1} Lektionen gelesen",
        "forget": "Vergessen",
        "stored": "Nur in diesem Browser gespeichert",
        "files": "Daten",
        "packages": "Ausgeführt mit",
        "sections": "Abschnitte",
        "section": "Abschnitt",
        "decks": "Lektionen",
        "deck": "Lektion",
        "contents": "Inhalt des Kurses",
        "menu": "Inhalt des Kurses",
        "previous": "Zurück",
        "next": "Weiter",
        "outputs": "Diese Lektion als",
        "steps": "Vorige und nächste Lektion",
        "part": "Lektion {0} von {1}",
        "missing": "Diese Seite gibt es nicht.",
        "missing_hint": "Vielleicht wurde sie umbenannt. Die Startseite führt zu allen Lektionen.",
        "front": "Zur Startseite",
        "moved": "Zur Seite",
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
        "resume": "Continue",
        "read": "read",
        "progress": "{0} of {1} lessons read",
        "forget": "Forget",
        "stored": "Stored in this browser only",
        "files": "Data",
        "packages": "Run with",
        "sections": "sections",
        "section": "section",
        "decks": "lessons",
        "deck": "lesson",
        "contents": "Contents of the course",
        "menu": "Contents of the course",
        "previous": "Previous",
        "next": "Next",
        "outputs": "This lesson as",
        "steps": "Previous and next lesson",
        "part": "Lesson {0} of {1}",
        "missing": "There is no such page.",
        "missing_hint": "It may have been renamed. The front page leads to all lessons.",
        "front": "To the front page",
        "moved": "To the page",
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
_LANGUAGES: Mapping[str, str] = {
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
}
# Outputs of this kind need no word for it.
_PLAIN = "completed"


def words_for(language: str) -> Mapping[str, str]:
    """The words by name."""
    return _of(_WORDS, language)


def language_name(code: str) -> str:
    """What a language is called by those who speak it; its code where that is not known."""
    return _LANGUAGES.get(code, code)


def format_name(format: str, language: str) -> str:
    """What a format is called."""
    return _of(_FORMATS, language).get(format, format.capitalize())


def kind_name(kind: str, language: str) -> str:
    """What a kind is called at the beginning of a line."""
    name = _of(_KINDS, language).get(kind, kind)
    return name[:1].upper() + name[1:]


def format_label(kind: str, format: str, language: str) -> str:
    """What a link to an output of this kind and format is called."""
    name = format_name(format, language)
    if kind == _PLAIN:
        return name
    return f"{name} ({_of(_KINDS, language).get(kind, kind)})"


def _of(table: Mapping[str, Mapping[str, str]], language: str) -> Mapping[str, str]:
    return table.get(language) or table.get(language.partition("-")[0]) or table["en"]
