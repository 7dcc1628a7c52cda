"""Words on pages in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping

_KINDS = (
    *("note", "tip", "important", "warning", "caution"),
    *("attention", "danger", "error", "hint", "seealso"),
    *("dropdown", "toggle", "done", "open"),
)
_WORDS: Mapping[str, str] = {
    "en": "Note,Tip,Important,Warning,Caution,Attention,Danger,Error,Hint,See also,"
    "Details,Details,done,not done",
    "de": "Hinweis,Tipp,Wichtig,Warnung,Vorsicht,Achtung,Gefahr,Fehler,Hinweis,Siehe auch,"
    "Details,Details,erledigt,offen",
    "es": "Nota,Consejo,Importante,Advertencia,Precaución,Atención,Peligro,Error,Pista,Véase,"
    "Detalles,Detalles,hecho,pendiente",
    "fr": "Note,Astuce,Important,Avertissement,Prudence,Attention,Danger,Erreur,Indice,Voir aussi,"
    "Détails,Détails,fait,à faire",
    "it": "Nota,Suggerimento,Importante,Avviso,Cautela,Attenzione,Pericolo,Errore,Indizio,"
    "Vedi anche,Dettagli,Dettagli,fatto,da fare",
    "nl": "Opmerking,Tip,Belangrijk,Waarschuwing,Voorzichtig,Let op,Gevaar,Fout,Hint,Zie ook,"
    "Details,Details,klaar,open",
    "pl": "Uwaga,Wskazówka,Ważne,Ostrzeżenie,Ostrożnie,Uwaga,Niebezpieczeństwo,Błąd,Podpowiedź,"
    "Zobacz też,Szczegóły,Szczegóły,zrobione,do zrobienia",
    "pt": "Nota,Dica,Importante,Aviso,Cuidado,Atenção,Perigo,Erro,Sugestão,Ver também,"
    "Detalhes,Detalhes,feito,por fazer",
}
_LABELS = {
    language: dict(zip(_KINDS, words.split(","), strict=True)) for language, words in _WORDS.items()
}


def label(name: str, language: str) -> str:
    """Return a word in a language, in English if there is none; names of its own are kept."""
    labels = _LABELS.get(language.partition("-")[0], _LABELS["en"])
    return labels.get(name, name.capitalize())
