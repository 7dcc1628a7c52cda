"""Decks in several languages."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from deck_sources import cells, variant


def test_deck_in_three_languages(topic: Any) -> None:
    names = {"de": "Kurs", "en": "Course", "fr": "Cours"}
    topic.context = evolve(topic.context, course_name=names)
    deck = (
        "# j2 from 'macros.j2' import header\n"
        '# {{ header("Titel", "Title", fr="Titre") }}\n\n'
        '# %% [markdown] lang="fr"\n# Bonjour\n\n'
        '# %% [markdown] lang="fr" tags=["answer"]\n# Oui\n\n# %% tags=["keep"]\n1\n'
    )
    title, *others = cells(topic, deck, language="fr")
    assert "Titre" in title[1]
    assert others == [("markdown", "Bonjour"), ("markdown", "*Réponse:* Oui"), ("code", "1")]
    assert len(cells(topic, deck, language="de")) == 2
    (output,) = topic.only(variant("completed", "code", language="fr")).plan(deck).outputs
    assert output.destinations[0].name == "03 Titre.py"


def test_header_macro_per_course_language(topic: Any) -> None:
    names = {"de": "Kurs", "pt-BR": "Curso"}
    topic.context = evolve(topic.context, course_name=names)
    deck = "# j2 from 'macros.j2' import header_pt_br\n# {{ header_pt_br('Olá') }}\n"
    (title,) = cells(topic, deck, language="pt-BR")
    assert "Olá" in title[1]
    assert topic.convert(deck).diagnostics == ()
