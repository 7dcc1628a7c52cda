from __future__ import annotations

import pytest

from clm import ClmError, StarterFiles, StarterPicture, StarterRequest
from clm_plugin_notebook.decks.text.titles import called_titles
from clm_plugin_notebook.languages import PROG_LANGS, ProgLangSettings
from clm_plugin_notebook.payload import NotebookSettings
from clm_plugin_notebook.starters import make_deck, starters


def made(titles=None, prog_lang="python", **more: object) -> StarterFiles:
    return make_deck(StarterRequest("x", titles or {"en": "Title"}, prog_lang, **more))


def text(*arguments, **more: object) -> str:
    (content,) = made(*arguments, **more).files.values()
    return str(content)


@pytest.mark.parametrize(
    "titles",
    [
        {"en": "Loops"},
        {"de": "Schleifen", "en": "Loops"},
        {"en": "Loops", "de": "Schleifen", "fr": "Boucles"},
        {"fr": "Boucles", "pt-BR": "Laços"},
        {"en": "He said \"}}\" \\ and 'no'"},
    ],
)
def test_deck_has_given_titles(titles):
    assert called_titles(text(titles), titles, "none") == titles


@pytest.mark.parametrize("name", PROG_LANGS)
def test_starter_deck_for_every_language(name):
    lang = PROG_LANGS[name]
    (path,) = made(prog_lang=name).files
    assert path == f"slides_x{lang.suffix}"
    assert f'{lang.comment} %% tags=["keep"]\n' in text(prog_lang=name)
    assert name in starters()[0].prog_langs


def test_settings_language_deck_without_code():
    own = ProgLangSettings(suffix=".kt", comment="//", kernel="kotlin")
    settings = NotebookSettings(prog_langs={"kotlin": own})
    deck = made(prog_lang="kotlin", settings=settings)
    assert list(deck.files) == ["slides_x.kt"]
    assert "[markdown]" in text(prog_lang="kotlin", settings=settings)
    assert 'tags=["keep"]' not in text(prog_lang="kotlin", settings=settings)


def test_unknown_language_suggests_nearest():
    with pytest.raises(ClmError, match="unknown programming language of decks: 'pyton'") as caught:
        made(prog_lang="pyton")
    assert caught.value.hint == "did you mean 'python'?"


def test_missing_kernel_disables_execution(monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", "/nowhere")
    settings = NotebookSettings(prog_langs={"cpp": ProgLangSettings(kernel="no-such-kernel")})
    deck = made(prog_lang="cpp", settings=settings)
    assert deck.topic_options == {"evaluate": False}
    assert "'no-such-kernel' is not installed" in deck.notes[0]


def test_python_code_is_run():
    assert (made().topic_options, made().notes) == ({}, ())


def test_each_language_shows_own_images():
    pictures = (StarterPicture("img/a.png", "all"), StarterPicture("img/b.de.png", "de", "de"))
    deck = text({"de": "T", "en": "T"}, pictures=pictures)
    assert deck.count("![all](img/a.png)") == 2
    assert deck.count("![de](img/b.de.png)") == 1
