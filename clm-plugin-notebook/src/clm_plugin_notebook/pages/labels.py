"""Words on pages in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping

_KINDS = (
    *("note", "tip", "important", "warning", "caution"),
    *("attention", "danger", "error", "hint", "seealso"),
    *("dropdown", "toggle", "done", "open"),
    # What the speaker says or knows, and what students do.
    *("notes", "spoken", "workshop", "folded-answer", "answer"),
)
_WORDS: Mapping[str, str] = {
    "en": "Note,Tip,Important,Warning,Caution,Attention,Danger,Error,Hint,See also,"
    "Details,Details,done,not done,"
    "Speaker notes,Spoken text,Exercise,Show answer,Answer",
    "de": "Hinweis,Tipp,Wichtig,Warnung,Vorsicht,Achtung,Gefahr,Fehler,Hinweis,Siehe auch,"
    "Details,Details,erledigt,offen,"
    "Für Vortragende,Sprechtext,Aufgabe,Antwort zeigen,Antwort",
    "es": "Nota,Consejo,Importante,Advertencia,Precaución,Atención,Peligro,Error,Pista,Véase,"
    "Detalles,Detalles,hecho,pendiente,"
    "Notas del ponente,Texto hablado,Ejercicio,Mostrar respuesta,Respuesta",
    "fr": "Note,Astuce,Important,Avertissement,Prudence,Attention,Danger,Erreur,Indice,Voir aussi,"
    "Détails,Détails,fait,à faire,"
    "Notes de l'orateur,Texte parlé,Exercice,Afficher la réponse,Réponse",
    "it": "Nota,Suggerimento,Importante,Avviso,Cautela,Attenzione,Pericolo,Errore,Indizio,"
    "Vedi anche,Dettagli,Dettagli,fatto,da fare,"
    "Note del relatore,Testo parlato,Esercizio,Mostra la risposta,Risposta",
    "nl": "Opmerking,Tip,Belangrijk,Waarschuwing,Voorzichtig,Let op,Gevaar,Fout,Hint,Zie ook,"
    "Details,Details,klaar,open,"
    "Notities,Gesproken tekst,Oefening,Antwoord tonen,Antwoord",
    "pl": "Uwaga,Wskazówka,Ważne,Ostrzeżenie,Ostrożnie,Uwaga,Niebezpieczeństwo,Błąd,Podpowiedź,"
    "Zobacz też,Szczegóły,Szczegóły,zrobione,do zrobienia,"
    "Notatki prelegenta,Tekst mówiony,Ćwiczenie,Pokaż odpowiedź,Odpowiedź",
    "pt": "Nota,Dica,Importante,Aviso,Cuidado,Atenção,Perigo,Erro,Sugestão,Ver também,"
    "Detalhes,Detalhes,feito,por fazer,"
    "Notas do orador,Texto falado,Exercício,Mostrar resposta,Resposta",
}
_LABELS = {
    language: dict(zip(_KINDS, words.split(","), strict=True)) for language, words in _WORDS.items()
}


def label(name: str, language: str) -> str:
    """Return a word in a language, in English if there is none; names of its own are kept."""
    labels = _LABELS.get(language.partition("-")[0], _LABELS["en"])
    return labels.get(name, name.capitalize())
